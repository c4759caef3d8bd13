import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element, say as complain } from '../../shared/public/dom.js';
import { showItems } from '../../shared/public/keyed-list.js';
import { Session } from './session.js';

let session = null;
let expiresAt = 0;
let lifetime = 1;
/** The notice that the server has not confirmed yet, by the id of the answer. */
let posting = null;

const UNCONFIRMED = 'The connection was lost before the board confirmed the notice. It stays here.';

$('login').addEventListener('submit', (event) => {
  event.preventDefault();
  complain('login-error', '');
  void signIn();
});

async function signIn() {
  try {
    const token = await Session.signIn($('name').value.trim(), $('password').value);
    session = new Session(token, { state, event: receive, end });
    show(true);
  } catch (error) {
    complain('login-error', error.message);
  }
}

$('leave').addEventListener('click', () => session.end());
$('renew').addEventListener('click', () => void session.renew());
$('post').addEventListener('submit', (event) => {
  event.preventDefault();
  complain('problem', '');
  const text = $('text').value;
  const id = session.send('post', { text });
  if (id === null)
    complain('problem', 'Not posted: there is no connection. The notice stays here.');
  else posting = { id, text };
});

function state(name) {
  showState(name);
  if (name === 'open') {
    // There is a connection again; whether the board has that notice is still to be looked at.
    if ($('problem').textContent !== UNCONFIRMED) complain('problem', '');
  } else if (posting !== null) {
    posting = null;
    complain('problem', UNCONFIRMED);
  }
}

function receive(event, data, id) {
  switch (event) {
    case 'welcome':
      $('who').textContent = data.name;
      $('role').textContent = data.role;
      lasts(data.expiresAt);
      break;
    case 'board':
      list(data);
      break;
    case 'expiring':
      // The server says it in time; whether to go on is the page's decision.
      if ($('auto').checked) void session.renew();
      break;
    case 'reauthenticate':
      lasts(data.expiresAt);
      break;
    case 'post':
      if (id === posting?.id) posted();
      break;
    case 'exception':
      if (id === posting?.id) posting = null;
      complain('problem', [data.details ?? data.message].flat().join(', '));
      break;
  }
}

/** Only now does it leave the field, unless something else stands there already. */
function posted() {
  if ($('text').value === posting.text) $('text').value = '';
  posting = null;
}

function end(why) {
  session = null;
  posting = null;
  show(false);
  complain('login-error', why);
}

function lasts(until) {
  expiresAt = until;
  lifetime = Math.max(1, until - Date.now());
  tick();
}

function tick() {
  const left = Math.max(0, expiresAt - Date.now());
  $('left').textContent = `${Math.ceil(left / 1_000)} s left`;
  $('life').style.width = `${(100 * left) / lifetime}%`;
  $('life').classList.toggle('low', left < lifetime / 3);
}
setInterval(() => {
  if (session !== null) tick();
}, 250);

function list(notices) {
  showItems($('notices'), notices, { key: ({ id }) => id, make: item, update() {} });
  $('empty').hidden = notices.length > 0;
}

function item({ id, by, text }) {
  const line = element('li');
  const body = element('p');
  body.append(element('b', '', `${by}: `), text);
  const remove = element('button', 'quiet', 'Remove');
  remove.type = 'button';
  remove.setAttribute('aria-label', `Remove notice: ${text}`);
  // Everyone has the button: that only an administrator may is for the server to say.
  remove.addEventListener('click', () => {
    complain('problem', '');
    if (session.send('remove', { id }) === null) {
      complain('problem', 'Not removed: there is no connection.');
    }
  });
  line.append(body, remove);
  return line;
}

function show(signedIn) {
  $('sign-in').hidden = signedIn;
  $('app').hidden = !signedIn;
  complain('problem', '');
  if (signedIn) list([]);
}
