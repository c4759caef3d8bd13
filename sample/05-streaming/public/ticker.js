import { showState } from '../../shared/public/connection-state.js';
import { byId as $ } from '../../shared/public/dom.js';
import { StreamConnection } from './stream-connection.js';

/** Prices in a sparkline. */
const POINTS = 60;

const rows = new Map();
const figures = { shown: 0, skipped: 0, age: 0 };

const connection = new StreamConnection({
  state: showState,
  open(symbols) {
    if (rows.size === 0) {
      for (const symbol of symbols) rows.set(symbol, new Row(symbol));
    }
    for (const row of rows.values()) row.restart();
  },
  price(quote) {
    rows.get(quote.symbol)?.show(quote);
  },
  ended(id, why) {
    for (const row of rows.values()) row.ended(id, why);
  },
});

const mode = () => document.querySelector('input[name=mode]:checked').value;

class Row {
  #id = null;
  #seq = 0;
  #prices = [];

  constructor(symbol) {
    this.symbol = symbol;
    this.element = $('quote').content.firstElementChild.cloneNode(true);
    this.element.dataset.symbol = symbol;
    this.element.querySelector('h2').textContent = symbol;
    this.button = this.element.querySelector('button');
    this.button.addEventListener('click', () => (this.wanted ? this.stop() : this.start()));
    this.wanted = true;
    $('quotes').append(this.element);
  }

  /** After a new connection, on which nothing runs. */
  restart() {
    this.#id = null;
    if (this.wanted) this.start();
  }

  start() {
    this.wanted = true;
    this.#note('');
    this.#seq = 0;
    this.#id = connection.start(mode(), this.symbol);
    this.#mark();
  }

  stop() {
    this.wanted = false;
    if (this.#id !== null) connection.cancel(this.#id);
    this.#id = null;
    this.#mark();
  }

  /** By the server, not by the button: that must not look as if all were well. */
  ended(id, why) {
    if (id !== this.#id) return;
    this.wanted = false;
    this.#id = null;
    this.#note(`Stopped: ${why}`);
    this.#mark();
  }

  show({ price, seq, at }) {
    if (this.#seq > 0) figures.skipped += Math.max(0, seq - this.#seq - 1);
    this.#seq = seq;
    figures.shown += 1;
    figures.age = Date.now() - at;
    beBusy(Number($('work').value));
    const before = this.#prices.at(-1) ?? price;
    this.#prices = [...this.#prices, price].slice(-POINTS);
    const label = this.element.querySelector('.price');
    label.textContent = price.toFixed(2);
    label.className = `price ${price > before ? 'up' : price < before ? 'down' : ''}`;
    this.element.querySelector('polyline').setAttribute('points', line(this.#prices));
  }

  #note(text) {
    const note = this.element.querySelector('.error');
    note.textContent = text;
    note.hidden = text === '';
  }

  #mark() {
    this.button.textContent = this.wanted ? 'Stop' : 'Start';
    this.button.setAttribute('aria-label', `${this.button.textContent} ${this.symbol}`);
    this.element.classList.toggle('stopped', !this.wanted);
  }
}

/** What a page does that has too much to do: nothing else, for so long. */
function beBusy(milliseconds) {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

function line(prices) {
  const low = Math.min(...prices);
  const span = Math.max(...prices) - low || 1;
  const step = 120 / (POINTS - 1);
  return prices
    .map(
      (price, index) =>
        `${(index * step).toFixed(1)},${(34 - ((price - low) / span) * 32).toFixed(1)}`,
    )
    .join(' ');
}

for (const input of document.querySelectorAll('input[name=mode]')) {
  input.addEventListener('change', () => {
    const running = [...rows.values()].filter((row) => row.wanted);
    for (const row of running) row.stop();
    figures.skipped = 0;
    for (const row of running) row.start();
  });
}

$('work').addEventListener('input', () => {
  $('work-value').textContent = `${$('work').value} ms`;
});

let shownBefore = 0;
setInterval(() => {
  $('rate').textContent = String(figures.shown - shownBefore);
  shownBefore = figures.shown;
  $('age').textContent = figures.shown === 0 ? '–' : `${Math.max(0, figures.age)} ms`;
  $('age').classList.toggle('bad', figures.age > 1_000);
  $('skipped').textContent = String(figures.skipped);
}, 1_000);
