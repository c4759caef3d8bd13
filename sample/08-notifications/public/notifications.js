import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element, say, timeOfDay } from '../../shared/public/dom.js';
import { connect } from '../../shared/public/nestwire-client.js';
import { postJson } from '../../shared/public/post-json.js';

/** A page that is open for weeks must not grow for weeks. */
const SHOWN = 100;

let inbox = null;

function show({ title, text, at }) {
  const item = element('li', 'notification');
  const head = element('div', 'row');
  const time = element('time', 'muted', timeOfDay(new Date(at)));
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
  const current = connect('notifications', { query: { user } });
  inbox = current;
  current.onState(({ name }) => {
    if (inbox === current) showState(name);
  });
  // A list shows each in every tab; what must happen once would leave the locks on.
  current.onMail('notification', show, { locks: false });
}

function close() {
  inbox?.close();
  inbox = null;
  say('user-error', '');
  $('inbox').hidden = true;
  $('closed').hidden = false;
  $('user').focus();
  document.title = 'Notifications';
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

$('user').addEventListener('input', () => say('user-error', ''));
$('leave').addEventListener('click', close);

/** What was said of the last one is not true of the next. */
function forget() {
  say('sent', '');
  say('send-error', '');
}

async function send() {
  forget();
  const to = $('to').value.trim();
  if (to === '') {
    say('send-error', 'Not sent: to whom?');
    $('to').focus();
    return;
  }
  // In a path, ".." is no name but a way out of it: the server would not know what is meant.
  if (!$('to').validity.valid) {
    say('send-error', 'Not sent: a user is lower-case letters, digits and hyphens.');
    $('to').focus();
    return;
  }
  try {
    const body = { title: $('title').value, text: $('text').value };
    const { delivered } = await postJson(`notify/${encodeURIComponent(to)}`, body);
    const tabs = delivered === 1 ? '1 tab' : `${delivered} tabs`;
    say('sent', delivered > 0 ? `Delivered to ${tabs} of ${to}.` : `${to} is away: it waits.`);
    $('title').value = '';
    $('text').value = '';
  } catch (error) {
    say('send-error', `Not sent: ${error.message}.`);
  }
}

$('send').addEventListener('input', forget);
$('send').addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
