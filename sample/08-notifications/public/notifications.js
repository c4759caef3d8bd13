import { Inbox } from './inbox.js';

const $ = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const STATES = { connecting: 'Connecting', open: 'Connected', waiting: 'Disconnected' };
/** A page that is open for weeks must not grow for weeks. */
const SHOWN = 100;

let inbox = null;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function show({ title, text, at }) {
  const item = element('li', 'notification');
  const head = element('div', 'row');
  const time = element('time', 'muted', clock.format(new Date(at)));
  time.dateTime = at;
  head.append(element('b', '', title), time);
  item.append(head);
  if (text) item.append(element('p', '', text));
  $('list').prepend(item);
  while ($('list').children.length > SHOWN) $('list').lastElementChild.remove();
  count();
}

function count() {
  const { length } = $('list').children;
  $('count').textContent = length;
  $('empty').hidden = length > 0;
  document.title = length > 0 ? `(${length}) Notifications` : 'Notifications';
}

function open(user) {
  inbox?.close();
  $('list').replaceChildren();
  $('who').textContent = user;
  $('inbox').hidden = false;
  $('closed').hidden = true;
  count();
  const current = new Inbox(user, {
    state(state) {
      if (inbox !== null && inbox !== current) return;
      $('status').dataset.state = state;
      $('status').textContent = STATES[state];
    },
    notification(data) {
      if (inbox === current) show(data);
    },
  });
  inbox = current;
}

function close() {
  inbox?.close();
  inbox = null;
  $('inbox').hidden = true;
  $('closed').hidden = false;
  document.title = 'Notifications';
}

function say(id, text) {
  $(id).textContent = text;
  $(id).hidden = text === '';
}

$('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const user = $('user').value.trim();
  if (!$('user').validity.valid || user === '') {
    say('user-error', 'Lower-case letters, digits and hyphens, please.');
    return;
  }
  say('user-error', '');
  open(user);
});

$('leave').addEventListener('click', close);

async function send() {
  say('sent', '');
  say('send-error', '');
  const to = $('to').value.trim();
  const body = JSON.stringify({ title: $('title').value, text: $('text').value });
  try {
    const response = await fetch(new URL(`notify/${encodeURIComponent(to)}`, document.baseURI), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error([answer.message].flat().join(', '));
    const { delivered } = answer;
    const tabs = delivered === 1 ? '1 tab' : `${delivered} tabs`;
    say('sent', delivered > 0 ? `Delivered to ${tabs} of ${to}.` : `${to} is away: it waits.`);
    $('title').value = '';
    $('text').value = '';
  } catch (error) {
    say('send-error', error.message);
  }
}

$('send').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
