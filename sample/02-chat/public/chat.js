import { byId as $ } from '../../shared/public/dom.js';
import { connect, presence } from '../../shared/public/nestwire-client.js';
import {
  Conversation,
  setUpPanels,
  setUpScrolling,
  showError,
  showPeople,
  showRooms,
  showStatus,
} from './view.js';

const PRESETS = ['lobby', 'engineering', 'coffee', 'music'];
/** The server's own limit; it is the server that refuses a longer text, the page only counts. */
const LONGEST_TEXT = 2_000;
/** How often the numbers of people in the other rooms are fetched while the page is visible. */
const ROOMS_EVERY = 10_000;

/** What the server closes with when the name is taken: HTTP's 409. */
const NAME_TAKEN = 4409;

/** The one who is here: `{ client, room, name }`. */
let here = null;
let conversation = null;
let ownRooms = [];
const panels = setUpPanels();
setUpScrolling();

// ---- Joining and leaving

function join(room, name) {
  here?.client.close();
  panels.close();
  showError('join-error', '');
  showError('send-error', '');
  showPeople([], name);
  conversation = new Conversation(name, room);
  if (!PRESETS.includes(room) && !ownRooms.includes(room)) ownRooms = [...ownRooms, room];

  let opened = false;
  const client = connect(`chat/${encodeURIComponent(room)}`, {
    query: { name },
    // After a loss the server may not have noticed yet that our old connection is gone: the name is
    // then taken by ourselves, for a while.
    retry: ({ code }) => (opened && code === NAME_TAKEN) || undefined,
  });
  here = { client, room, name };
  client.onState((state) => {
    if (here?.client !== client) return;
    // Only a connection that opened proves that the name is good: until then the form stays, so
    // that a refused name is corrected where it was typed.
    if (state.name === 'refused') showJoin(state.message);
    if (state.name === 'open' && !opened) showApp(room, name);
    else if (state.name === 'open') conversation.note('Connected again');
    opened ||= state.name === 'open';
    showStatus(state);
    if (!opened && state.name === 'waiting') showError('join-error', `${state.why.message}.`);
    $('join-button').textContent = opened ? 'Join' : 'Joining…';
  });
  void enter(client.room(room));
}

/** The lines and people of a room, also after every reconnect: what was missed comes first. */
async function enter(room) {
  room.on('said', (line) => conversation.said(line));
  room.onRecovered(({ recovered, count }) => {
    if (!recovered) conversation.note('Some messages may be missing');
    conversation.entered(recovered ? 0 : count);
  });
  presence(room).onChange(peopleChanged);
  try {
    await room.join();
    conversation.entered(0);
  } catch {
    // Refused, or left meanwhile: its state says so.
  }
}

function showApp(room, name) {
  localStorage.setItem('nestwire-chat-name', name);
  history.replaceState(null, '', `#${encodeURIComponent(room)}`);
  $('join').hidden = true;
  $('app').hidden = false;
  $('offline').hidden = true;
  $('text').focus();
  void refreshRooms();
}

function showJoin(error) {
  here?.client.close();
  here = null;
  document.title = 'Nestwire chat';
  $('app').hidden = true;
  $('join').hidden = false;
  $('join-button').textContent = 'Join';
  showError('join-error', error);
  $('name').setAttribute('aria-invalid', String(Boolean(error)));
  $('name').focus();
  $('name').select();
}

function openRoom(room) {
  if (here === null || room === here.room) {
    panels.close();
    return;
  }
  const { name } = here;
  chooseRoom(room);
  join(room, name);
}

/** Who is in the room now; names are one person's there. */
let people = new Set();

function peopleChanged(everybody) {
  const before = people;
  people = new Set([...everybody.values()].map(({ meta }) => meta.name));
  const { name } = here;
  // Those who were there before we came are no news.
  if (before.has(name)) {
    for (const one of people) if (!before.has(one)) conversation.note(`${one} joined`);
    for (const one of before) if (!people.has(one)) conversation.note(`${one} left`);
  }
  showPeople([...people], name);
  void refreshRooms();
}

// ---- Writing

async function send() {
  const text = $('text').value.trim();
  if (text === '' || here?.client.state.name !== 'open') return;
  showError('send-error', '');
  $('text').value = '';
  textChanged();
  try {
    // With a key it is said once, whatever becomes of the connection meanwhile.
    await here.client.call('say', { text }, { key: true });
  } catch (error) {
    refused(text, error);
  }
}

/** What was refused goes back to where it was written, unless something new stands there already. */
function refused(text, { message, details }) {
  const reasons = Array.isArray(details) ? details.filter((one) => typeof one === 'string') : [];
  showError('send-error', `Not sent: ${reasons.length > 0 ? reasons.join(', ') : message}`);
  if ($('text').value !== '') return;
  $('text').value = text;
  textChanged();
}

function textChanged() {
  const field = $('text');
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
  const { length } = Array.from(field.value.trim());
  $('counter').textContent = length > LONGEST_TEXT * 0.8 ? `${length} / ${LONGEST_TEXT}` : '';
  $('counter').dataset.over = String(length > LONGEST_TEXT);
}

// ---- Rooms

function chooseRoom(room) {
  $('room').value = room;
  for (const chip of $('join-presets').children) {
    chip.setAttribute('aria-pressed', String(chip.dataset.room === room));
  }
}

async function refreshRooms() {
  if (here === null) return;
  let live = [];
  try {
    const response = await fetch(new URL('chat', document.baseURI));
    if (response.ok) live = await response.json();
  } catch {
    // The numbers are a courtesy; without a server the list of names still works.
  }
  if (here === null) return;
  const counts = new Map(live.map((one) => [one.room, one.people]));
  const names = new Set([...PRESETS, ...ownRooms, ...counts.keys()]);
  const rooms = [...names].map((room) => ({ room, people: counts.get(room) ?? 0 }));
  showRooms(rooms, here.room, openRoom);
}

// ---- Wiring

for (const room of PRESETS) {
  const chip = document.createElement('button');
  chip.type = 'button';
  chip.dataset.room = room;
  chip.textContent = `#${room}`;
  chip.addEventListener('click', () => chooseRoom(room));
  $('join-presets').append(chip);
}

$('name').addEventListener('input', () => $('name').removeAttribute('aria-invalid'));
$('room').addEventListener('input', () => chooseRoom($('room').value));

$('join-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = $('name').value.trim();
  const room = $('room').value.trim().replace(/^#/, '');
  if (name === '' || room === '') {
    showError('join-error', name === '' ? 'Please enter a name.' : 'Please choose a room.');
    $(name === '' ? 'name' : 'room').focus();
    return;
  }
  join(room, name);
});

$('room-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const room = $('other-room').value.trim().replace(/^#/, '');
  if (room === '') return;
  $('other-room').value = '';
  openRoom(room);
});

$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});

$('text').addEventListener('keydown', (event) => {
  // isComposing: Enter that picks a word in an input method is not a wish to send.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void send();
});

$('text').addEventListener('input', () => {
  textChanged();
  showError('send-error', '');
});
$('dismiss-error').addEventListener('click', () => showError('send-error', ''));
$('retry').addEventListener('click', () => here?.client.connect());
$('rename').addEventListener('click', () => showJoin(''));
$('leave').addEventListener('click', () => showJoin(''));

setInterval(() => {
  if (!document.hidden) void refreshRooms();
}, ROOMS_EVERY);

$('name').value = localStorage.getItem('nestwire-chat-name') ?? '';
let fromHash = '';
try {
  fromHash = decodeURIComponent(location.hash.slice(1));
} catch {
  // A hand-made hash that is not valid percent-encoding chooses no room.
}
chooseRoom(fromHash || PRESETS[0]);
$('name').focus();
