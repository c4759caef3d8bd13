const question = document.querySelector('#question');
const list = document.querySelector('#options');
const note = document.querySelector('#note');

let socket;
let chosen;
let attempts = 0;

function connect() {
  socket = new WebSocket(new URL('poll', location.href.replace(/^http/, 'ws')));
  socket.addEventListener('open', () => {
    attempts = 0;
    // A vote belongs to its connection: a new one has to be told again.
    if (chosen) send('vote', { option: chosen });
  });
  socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)));
  socket.addEventListener('close', ({ code }) => {
    const wait = Math.min(1000 * 2 ** attempts++, 15_000);
    note.textContent = `Disconnected (${code}), trying again in ${Math.round(wait / 1000)} s`;
    setTimeout(connect, wait);
  });
}

function send(event, data) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ event, data }));
}

function receive({ event, data }) {
  if (event === 'results') show(data);
  if (event === 'voted') {
    chosen = data;
    mark();
  }
  if (event === 'exception') note.textContent = data.message;
}

function show({ question: text, options, people }) {
  question.textContent = text;
  const most = Math.max(1, ...options.map(({ votes }) => votes));
  if (list.children.length !== options.length) list.replaceChildren(...options.map(newOption));
  options.forEach(({ name, votes }, index) => {
    const button = list.children[index].firstElementChild;
    button.dataset.name = name;
    button.querySelector('.name').textContent = name;
    button.querySelector('.votes').textContent = votes;
    button.querySelector('.bar').style.setProperty('--share', votes / most);
  });
  note.textContent = people === 1 ? 'Only you are here' : `${people} people are here`;
  mark();
}

function newOption() {
  const button = document.createElement('button');
  for (const name of ['bar', 'name', 'votes']) {
    const part = document.createElement('span');
    part.className = name;
    button.append(part);
  }
  button.addEventListener('click', () => send('vote', { option: button.dataset.name }));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function mark() {
  for (const { firstElementChild: button } of list.children) {
    button.setAttribute('aria-pressed', String(button.dataset.name === chosen));
  }
}

connect();
