import { showState } from '../../shared/public/connection-state.js';
import { byId, element, say } from '../../shared/public/dom.js';
import { Conversation } from './conversation.js';
import { GuestConnection } from './guest-connection.js';
import { Happened } from './happened.js';
import { MachineView } from './machine-view.js';

const NAMES = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Ken', 'Radia'];

const EMPTY = byId('empty').textContent;

// Of this tab: a second one is somebody else.
sessionStorage.guest ??=
  crypto.randomUUID?.() ?? `guest-${Math.random().toString(36).slice(2)}0000`;
sessionStorage.name ??= NAMES[Math.floor(Math.random() * NAMES.length)];
const { guest } = sessionStorage;
byId('name').value = sessionStorage.name;

const conversation = new Conversation(guest);
const happened = new Happened();
/** The node this tab is on, and the one it was on before. */
let here = null;
let before = null;
let people = new Map();

const connection = new GuestConnection(
  { guest, name: sessionStorage.name },
  { state, message, entered, outside, unsaid: (lines) => conversation.unsaid(lines), refused },
);
const machine = new MachineView((action, node) => connection.order(action, node));

function state(now, { why } = {}) {
  showState(now);
  if (now !== 'open' && here !== null) {
    // Who leaves by itself has nothing to wait for.
    if (now === 'waiting') happened.seen(`This tab has lost node ${here}: ${why}`, 'bad');
    before = here;
    here = null;
  }
  showPlace();
}

function showPlace() {
  if (here !== null) byId('status').textContent = `Connected to node ${here}`;
  byId('move').disabled = here === null;
}

/** On a node, and not in the room: that takes the broker, for a newcomer and for whoever comes back. */
function outside() {
  byId('empty').textContent = 'The broker is away, and knows what was said here. Waiting for it …';
}

/** In the room again: was everything made up for? */
function entered({ recovered, count }, away) {
  byId('empty').textContent = EMPTY;
  if (recovered === undefined) return;
  const seconds = (away / 1_000).toFixed(1);
  const place =
    before === here ? `back on node ${here}` : `on node ${here} in place of node ${before}`;
  const missed =
    count === 0
      ? 'nothing was missed'
      : `${count} missed ${count === 1 ? 'line' : 'lines'} made up for`;
  if (recovered) {
    happened.seen(`This tab is ${place} after ${seconds} s. Recovered: true, ${missed}`, 'good');
  } else {
    happened.seen(`This tab is ${place} after ${seconds} s. Recovered: false`, 'bad');
    conversation.note('Lines may be missing here');
  }
}

function message(event, data) {
  switch (event) {
    case 'machine':
      here = data.you;
      byId('title').textContent = `Chat on ${data.nodes.length} nodes`;
      machine.show(data);
      happened.heard(data.happenings);
      showPlace();
      return;
    case 'said':
      conversation.said(data);
      return;
    case 'waved':
      conversation.note(`${data.name} waves from node ${data.node}`);
      return;
    case '$presence':
      showPeople(data);
      return;
    case '$gap':
      happened.seen('Gap: the history began anew. Lines before it are on this page alone', 'bad');
      conversation.note('The broker came back empty: newcomers read from here on');
      return;
    default:
  }
}

/** Everybody in the room at first, then who came and who left. */
function showPeople({ people: everybody, joined = [], left = [] }) {
  if (everybody !== undefined) people = new Map();
  for (const { key, meta } of [...(everybody ?? []), ...joined]) people.set(key, meta);
  for (const key of left) people.delete(key);
  byId('people-count').textContent = people.size;
  byId('people').replaceChildren(
    ...[...people].map(([key, { name, node }]) => {
      const item = element('li');
      item.append(element('span', 'who', name), element('span', 'via', `node ${node}`));
      if (key === guest) item.append(element('span', 'muted', 'you'));
      return item;
    }),
  );
}

function refused(why) {
  say('error', `Not sent: ${why}`);
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('text').value.trim();
  byId('text').value = '';
  say('error', '');
  if (text !== '') connection.say(text);
});
byId('wave').addEventListener('click', () => connection.wave());
byId('move').addEventListener('click', () => connection.move(here));
byId('name').addEventListener('change', () => {
  const name = byId('name').value.trim();
  if (name === '') byId('name').value = sessionStorage.name;
  else {
    sessionStorage.name = name;
    connection.rename(name);
  }
});
