import { byId, element } from '../../shared/public/dom.js';

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
  #shown = '';
  #count = 0;

  constructor(order) {
    this.#order = order;
  }

  show({ broker, nodes, you }) {
    const text = JSON.stringify([broker, nodes, you]);
    if (text === this.#shown) return;
    this.#shown = text;
    // The list is made anew: whoever stands on a button stays there.
    const focused = document.activeElement?.dataset?.part;
    this.#count = nodes.length;
    const dead = nodes.filter(({ pid }) => pid === undefined).map(({ number }) => `node ${number}`);
    this.#list.replaceChildren(
      this.#broker(broker),
      ...nodes.map((node) => this.#node(node, you, dead)),
    );
    if (focused) this.#list.querySelector(`button[data-part="${focused}"]`)?.focus();
  }

  #broker({ title, running, fixed }) {
    const part = this.#part(`Broker: ${title}`, running ? 'good' : 'bad');
    const state = running ? 'carries and keeps messages' : 'killed';
    part.append(element('p', 'state', state));
    if (fixed === undefined) part.append(this.#button(running, title));
    else part.append(element('p', 'muted small', fixed));
    return part;
  }

  #node({ number, pid, report }, you, dead) {
    const up = pid !== undefined;
    const part = this.#part(`Node ${number}`, color(up, report));
    part.dataset.node = number;
    part.dataset.state = up ? (report?.state ?? 'starting') : 'killed';
    if (number === you) {
      part.classList.add('here');
      part.querySelector('h2').append(element('span', 'here-mark', 'you'));
    }
    const state = up ? (LINKS[report?.state] ?? 'starting') : 'killed';
    part.append(
      element('p', 'state', state),
      element('p', 'muted small', details(pid, report, dead)),
    );
    const last = up && dead.length === this.#count - 1;
    part.append(this.#button(up, `Node ${number}`, number, last));
    return part;
  }

  #part(title, light) {
    const part = element('li', 'part');
    part.dataset.light = light;
    part.append(element('h2', '', title));
    return part;
  }

  #button(running, what, node, last = false) {
    const action = running ? 'kill' : 'start';
    const button = element('button', '', running ? 'Kill' : 'Start');
    button.type = 'button';
    button.dataset.part = node ?? 'broker';
    button.setAttribute('aria-label', `${running ? 'Kill' : 'Start'} ${what}`);
    if (last) {
      button.disabled = true;
      button.title = 'The last one: nobody could start another';
    }
    button.addEventListener('click', () => this.#order(action, node));
    return button;
  }
}

function color(up, report) {
  if (!up) return 'bad';
  return report?.state === 'up' ? 'good' : 'warn';
}

function details(pid, report, dead) {
  if (pid === undefined) return 'its tabs went to another';
  if (report === undefined) return `process ${pid}`;
  const { pages, sees, waiting, repaired, gaps } = report;
  return [
    `process ${pid}`,
    `${pages} ${pages === 1 ? 'tab' : 'tabs'}`,
    // A crash says no goodbye: the others believe in a node for ten seconds of silence.
    sees.length > 0
      ? `sees ${sees.map((one) => (dead.includes(one) ? `${one} (still)` : one)).join(', ')}`
      : 'sees no other',
    ...(waiting > 0 ? [`${waiting} to be sent`] : []),
    ...(repaired > 0 ? [`${repaired} made up for`] : []),
    ...(gaps > 0 ? [`${gaps} gaps`] : []),
  ].join(' · ');
}
