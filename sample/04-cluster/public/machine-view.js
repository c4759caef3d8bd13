import { byId, element } from '../../shared/public/dom.js';
import { showItems } from '../../shared/public/keyed-list.js';

const LINKS = {
  up: 'linked',
  connecting: 'waits for the broker',
  down: 'alone: the broker is away',
  alone: 'alone',
};

/** Shows broker and nodes; `order(action, node)` is called for a button. */
export class MachineView {
  #list = byId('machine');
  #order;

  constructor(order) {
    this.#order = order;
  }

  show({ broker, nodes, you }) {
    const dead = nodes.filter(({ pid }) => pid === undefined).map(({ number }) => `node ${number}`);
    const parts = [
      { key: 'broker', ...brokerPart(broker) },
      ...nodes.map((node) => ({
        key: node.number,
        node: node.number,
        here: node.number === you,
        ...nodePart(node, dead, nodes.length),
      })),
    ];
    showItems(this.#list, parts, {
      key: ({ key }) => key,
      make: (part) => this.#make(part),
      update,
    });
  }

  #make({ node, label }) {
    const part = element('li', 'part');
    if (node !== undefined) part.dataset.node = node;
    const heading = element('h2', '', node === undefined ? `Broker: ${label}` : label);
    const here = element('span', 'here-mark', 'you');
    heading.append(here);
    const button = element('button');
    button.type = 'button';
    button.addEventListener('click', () => this.#order(button.dataset.action, node));
    part.append(heading, element('p', 'state'), element('p', 'muted small'), button);
    return part;
  }
}

function update(part, { light, state, link, small = '', label, running, fixed, last, here }) {
  part.dataset.light = light;
  if (link !== undefined) part.dataset.state = link;
  part.classList.toggle('here', here === true);
  part.querySelector('.here-mark').hidden = here !== true;
  setText(part.querySelector('.state'), state);
  setText(part.querySelector('.small'), small);
  const button = part.querySelector('button');
  button.hidden = fixed === true;
  button.dataset.action = running ? 'kill' : 'start';
  setText(button, running ? 'Kill' : 'Start');
  button.setAttribute('aria-label', `${running ? 'Kill' : 'Start'} ${label}`);
  button.disabled = last === true;
  button.title = last ? 'The last one: nobody could start another' : '';
}

/** A text that is the same is left alone: whoever has selected it keeps the selection. */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function brokerPart({ title, running, fixed }) {
  return {
    label: title,
    running,
    light: running ? 'good' : 'bad',
    state: running ? 'carries and keeps messages' : 'killed',
    small: fixed,
    fixed: fixed !== undefined,
  };
}

function nodePart({ number, pid, report }, dead, count) {
  const running = pid !== undefined;
  return {
    label: `Node ${number}`,
    running,
    light: color(running, report),
    link: running ? (report?.state ?? 'starting') : 'killed',
    state: running ? (LINKS[report?.state] ?? 'starting') : 'killed',
    small: details(pid, report, dead),
    last: running && dead.length === count - 1,
  };
}

function color(up, report) {
  if (!up) return 'bad';
  return report?.state === 'up' ? 'good' : 'warn';
}

function details(pid, report, dead) {
  if (pid === undefined) return 'its tabs went to another';
  if (report === undefined) return `process ${pid}`;
  const { pages, sees, waiting, repaired, gaps } = report;
  // Dead, or the one before the one that was started in its place.
  const isPast = (one, at) => dead.includes(one) || sees.indexOf(one) < at;
  return [
    `process ${pid}`,
    `${pages} ${pages === 1 ? 'tab' : 'tabs'}`,
    // A crash says no goodbye: the others believe in a node for ten seconds of silence.
    sees.length > 0
      ? `sees ${sees.map((one, at) => (isPast(one, at) ? `${one} (still)` : one)).join(', ')}`
      : 'sees no other',
    ...(waiting > 0 ? [`${waiting} to be sent`] : []),
    ...(repaired > 0 ? [`${repaired} made up for`] : []),
    ...(gaps > 0 ? [`${gaps} gaps`] : []),
  ].join(' · ');
}
