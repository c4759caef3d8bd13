import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element, say as complain } from '../../shared/public/dom.js';
import { showItems } from '../../shared/public/keyed-list.js';
import { openBoard, signIn } from './session.js';

let board = null;
let expiresAt = 0;
let lifetime = 1;

const UNCONFIRMED = 'The connection was lost before the board confirmed the notice. It stays here.';

$('login').addEventListener('submit', (event) => {
  event.preventDefault();
  complain('login-error', '');
  signIn($('name').value.trim(), $('password').value).then(open, (error) =>
    complain('login-error', error.message),
  );
});

function open(login) {
  // The server says it in time; whether to go on is the page's decision.
  board = openBoard(login, { login: greet, stays: () => $('auto').checked });
  const { client } = board;
  greet(login);
  show(true);
  client.on('board', list);
  client.onState((state) => {
    if (board?.client !== client) return;
    if (state.name === 'signed-out' || state.name === 'refused') end('Session expired');
    else {
      showState(state.name);
      // There is a connection again; whether the board has that notice is still to be looked at.
      if (state.name === 'open' && $('problem').textContent !== UNCONFIRMED) {
        complain('problem', '');
      }
    }
  });
}

function greet({ name, role, expiresAt: until }) {
  $('who').textContent = name;
  $('role').textContent = role;
  lasts(until);
}

$('leave').addEventListener('click', () => end(''));
$('renew').addEventListener('click', () => board.renew().catch(tell));
$('post').addEventListener('submit', (event) => {
  event.preventDefault();
  void post();
});

async function post() {
  complain('problem', '');
  const text = $('text').value;
  try {
    await board.client.call('post', { text }, { queue: false });
    // Only now does it leave the field, unless something else stands there already.
    if ($('text').value === text) $('text').value = '';
  } catch (error) {
    if (error.code === 'NOT_OPEN') {
      complain('problem', 'Not posted: there is no connection. The notice stays here.');
    } else if (error.code === 'DISCONNECTED') complain('problem', UNCONFIRMED);
    else tell(error);
  }
}

function tell({ details, message }) {
  complain('problem', [details ?? message].flat().join(', '));
}

function end(why) {
  board?.client.close();
  board = null;
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
  if (board !== null) tick();
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
    board.client.call('remove', { id }, { queue: false }).catch((error) => {
      if (error.code !== 'NOT_OPEN') tell(error);
      else complain('problem', 'Not removed: there is no connection.');
    });
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
