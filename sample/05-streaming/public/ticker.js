import { showState } from '../../shared/public/connection-state.js';
import { byId as $ } from '../../shared/public/dom.js';
import { connect } from '../../shared/public/nestwire-client.js';

/** Prices in a sparkline. */
const POINTS = 60;
/** Prices that may wait for a slow page; with more of them the stream ends. */
const MOST_WAITING = 10_000;
/** Milliseconds of work at a time: then the browser may take a click, and paint. */
const TURN = 8;

const rows = new Map();
const figures = { shown: 0, skipped: 0, age: 0 };

const client = connect('prices', { maxBuffered: MOST_WAITING });
client.onState(({ name }) => showState(name));
client.on('symbols', (symbols) => {
  for (const symbol of symbols) if (!rows.has(symbol)) rows.set(symbol, new Row(symbol));
});
// The server sends no more of a symbol until it has this answer.
client.onAsk('shown', (symbol) => rows.get(symbol)?.caughtUp());

const mode = () => document.querySelector('input[name=mode]:checked').value;

class Row {
  #reading = null;
  #seq = 0;
  #prices = [];
  /** How often the server has asked, how many prices were shown, and who waits for the next. */
  #asked = 0;
  #shown = 0;
  #wake = null;

  constructor(symbol) {
    this.symbol = symbol;
    this.element = $('quote').content.firstElementChild.cloneNode(true);
    this.element.dataset.symbol = symbol;
    this.element.querySelector('h2').textContent = symbol;
    this.button = this.element.querySelector('button');
    this.button.addEventListener('click', () => (this.wanted ? this.stop() : this.start()));
    $('quotes').append(this.element);
    this.start();
  }

  get wanted() {
    return this.#reading !== null;
  }

  start() {
    this.#reading = new AbortController();
    this.#note('');
    this.#seq = 0;
    this.#caughtUp();
    this.#mark();
    void this.#read(this.#reading.signal);
  }

  stop() {
    this.#reading?.abort();
    this.#reading = null;
    this.#caughtUp();
    this.#mark();
  }

  /** Settles when the price is shown that the server asks about. */
  async caughtUp() {
    if (!this.wanted) return;
    this.#asked += 1;
    if (this.#shown < this.#asked) await new Promise((resolve) => (this.#wake = resolve));
  }

  async #read(signal) {
    try {
      const prices = client.stream(mode(), { symbol: this.symbol }, { signal, resume: true });
      for await (const quote of prices) {
        await turn();
        if (signal.aborted) return;
        this.show(quote);
        this.#shown += 1;
        this.#wake?.();
      }
      this.#ended('The stream has ended', signal);
    } catch (error) {
      this.#ended(error.message, signal);
    }
  }

  /** By the server, not by the button: that must not look as if all were well. */
  #ended(why, signal) {
    if (signal.aborted) return;
    this.stop();
    this.#note(`Stopped: ${why}`);
  }

  #caughtUp() {
    this.#asked = 0;
    this.#shown = 0;
    this.#wake?.();
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

let began = performance.now();

/**
 * A browser hands over all messages that have come one behind the other, and a page that takes its time with
 * each would not see a click before the last of them.
 */
async function turn() {
  if (performance.now() - began < TURN) return;
  await new Promise((resolve) => setTimeout(resolve));
  began = performance.now();
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
