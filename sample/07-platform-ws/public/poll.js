import { showState } from '../../shared/public/connection-state.js';
import { byId as $, element, say as complain } from '../../shared/public/dom.js';
import { LastingSocket } from '../../shared/public/lasting-socket.js';

let chosen;

const socket = new LastingSocket(() => ({ path: 'poll' }), { state, message: receive });
socket.connect();

function state(name) {
  showState(name);
  // Who is here, and whether a vote would count, is not known while the connection is away.
  if (name !== 'open') $('people').textContent = '';
  mark();
  if (name !== 'open') return;
  complain('problem', '');
  // A vote belongs to its connection: a new one has to be told again.
  if (chosen) socket.send({ event: 'vote', data: { option: chosen } });
}

function vote(option) {
  const sent = socket.send({ event: 'vote', data: { option } });
  complain('problem', sent ? '' : 'The vote was not sent: there is no connection.');
}

function receive({ event, data }) {
  if (event === 'results') show(data);
  if (event === 'voted') {
    chosen = data;
    mark();
  }
  if (event === 'exception') complain('problem', data.message);
}

function show({ question, options, people }) {
  $('question').textContent = question;
  const list = $('options');
  const most = Math.max(1, ...options.map(({ votes }) => votes));
  // Only the first time: a list that is built anew takes the keyboard's place on the page away.
  if (list.children.length !== options.length) list.replaceChildren(...options.map(newOption));
  options.forEach(({ name, votes }, index) => {
    const button = list.children[index].firstElementChild;
    button.dataset.name = name;
    button.querySelector('.name').textContent = name;
    button.querySelector('.votes').textContent = votes;
    button.querySelector('.bar').style.setProperty('--share', votes / most);
  });
  $('people').textContent = people === 1 ? 'Only you are here' : `${people} people are here`;
  mark();
}

function newOption() {
  const button = element('button');
  button.type = 'button';
  for (const name of ['bar', 'name', 'votes']) button.append(element('span', name));
  button.addEventListener('click', () => vote(button.dataset.name));
  const item = element('li');
  item.append(button);
  return item;
}

function mark() {
  const open = $('status').dataset.state === 'open';
  for (const { firstElementChild: button } of $('options').children) {
    button.setAttribute('aria-pressed', String(button.dataset.name === chosen));
    button.setAttribute('aria-disabled', String(!open));
  }
}
