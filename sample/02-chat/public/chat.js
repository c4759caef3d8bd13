import { byId as $ } from '../../shared/public/dom.js';
import { RoomConnection } from './room-connection.js';
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

let connection = null;
let conversation = null;
let ownRooms = [];
/** Who is in the room: names by the key the server knows them under. */
let people = new Map();
const waitingForAnswer = new Map();
const panels = setUpPanels();
setUpScrolling();

// ---- Joining and leaving

function join(room, name) {
  connection?.stop();
  waitingForAnswer.clear();
  panels.close();
  showError('join-error', '');
  showError('send-error', '');
  showPeople([], name);
  conversation = new Conversation(name, room);
  if (!PRESETS.includes(room) && !ownRooms.includes(room)) ownRooms = [...ownRooms, room];

  let opened = false;
  let lost = false;
  const current = new RoomConnection(room, name, {
    state(state, details) {
      if (connection !== current) return;
      if (state === 'refused') {
        showJoin(details.why);
        return;
      }
      // Only a connection that opened proves that the name is good: until then the form stays, so
      // that a refused name is corrected where it was typed.
      if (state === 'open' && !opened) {
        opened = true;
        showApp(room, name);
      }
      if (!opened && state === 'waiting') {
        showError('join-error', `${details.why}. Trying again in ${details.seconds} s.`);
      }
      if (state === 'waiting') lost = opened;
      if (state === 'open' && lost) {
        lost = false;
        conversation.note('Connected again');
      }
      showStatus(state, details);
      $('join-button').textContent = opened ? 'Join' : 'Joining…';
    },
    message: receive,
  });
  connection = current;
  current.connect();
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
  connection?.stop();
  connection = null;
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
  if (connection === null || room === connection.room) {
    panels.close();
    return;
  }
  const { name } = connection;
  chooseRoom(room);
  join(room, name);
}

// ---- What the server sends

function receive(event, data, id) {
  switch (event) {
    case '$joined':
      if (data.recovered === false) conversation.note('Some messages may be missing');
      conversation.entered(data.recovered === false ? data.count : 0);
      return;
    case 'said':
      conversation.said(data);
      return;
    case '$presence':
      presence(data);
      return;
    case 'say':
      waitingForAnswer.delete(id);
      return;
    case 'exception':
      showException(data, id);
      return;
    default:
  }
}

/** Everybody in the room at first, then who came and who left. */
function presence({ people: everybody, joined = [], left = [] }) {
  if (everybody !== undefined) people = new Map();
  for (const { key, meta } of everybody ?? []) people.set(key, meta.name);
  for (const { key, meta } of joined) {
    if (!people.has(key)) conversation.note(`${meta.name} joined`);
    people.set(key, meta.name);
  }
  for (const key of left) {
    if (people.has(key)) conversation.note(`${people.get(key)} left`);
    people.delete(key);
  }
  showPeople([...people.values()], connection.name);
  void refreshRooms();
}

function showException({ message, details }, id) {
  const reasons = Array.isArray(details) ? details.filter((one) => typeof one === 'string') : [];
  showError('send-error', `Not sent: ${reasons.length > 0 ? reasons.join(', ') : message}`);
  // What was refused goes back to where it was written, unless something new stands there already.
  const text = waitingForAnswer.get(id);
  waitingForAnswer.delete(id);
  if (text !== undefined && $('text').value === '') {
    $('text').value = text;
    textChanged();
  }
}

// ---- Writing

function send() {
  const text = $('text').value.trim();
  if (text === '' || connection === null) return;
  const id = connection.say(text);
  if (id === null) return;
  waitingForAnswer.set(id, text);
  showError('send-error', '');
  $('text').value = '';
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
  if (connection === null) return;
  let live = [];
  try {
    const response = await fetch(new URL('chat', document.baseURI));
    if (response.ok) live = await response.json();
  } catch {
    // The numbers are a courtesy; without a server the list of names still works.
  }
  if (connection === null) return;
  const counts = new Map(live.map((one) => [one.room, one.people]));
  const names = new Set([...PRESETS, ...ownRooms, ...counts.keys()]);
  const rooms = [...names].map((room) => ({ room, people: counts.get(room) ?? 0 }));
  showRooms(rooms, connection.room, openRoom);
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
  send();
});

$('text').addEventListener('keydown', (event) => {
  // isComposing: Enter that picks a word in an input method is not a wish to send.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});

$('text').addEventListener('input', () => {
  textChanged();
  showError('send-error', '');
});
$('dismiss-error').addEventListener('click', () => showError('send-error', ''));
$('retry').addEventListener('click', () => connection?.connect());
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
