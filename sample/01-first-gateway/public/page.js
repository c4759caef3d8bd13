import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element, say as complain } from '../../shared/public/dom.js';
import { LastingSocket } from '../../shared/public/lasting-socket.js';

/** Frames on the page; older ones are removed. */
const SHOWN = 20;

const address = () => ({ path: 'chat/lobby', query: { name: 'Ada' } });
const socket = new LastingSocket(address, { state, message: receive });
socket.connect();

function state(name) {
  showState(name);
  // "There is no connection" is not true any more.
  if (name === 'open') complain('problem', '');
}

function receive(message) {
  show('received', message);
  if (message.event === 'exception') {
    const { message: summary, details } = message.data;
    complain('problem', [details ?? summary].flat().join(', '));
  }
}

function show(way, message) {
  $('nothing').hidden = true;
  const line = element('li', way);
  line.append(element('span', '', way), element('code', '', JSON.stringify(message)));
  $('frames').prepend(line);
  while ($('frames').children.length > SHOWN) $('frames').lastElementChild.remove();
}

$('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const message = { event: 'say', data: { text: $('text').value } };
  if (socket.send(message)) {
    complain('problem', '');
    show('sent', message);
    $('text').select();
  } else {
    complain('problem', 'Not sent: there is no connection.');
  }
});
$('text').addEventListener('input', () => complain('problem', ''));
$('text').focus();
