import { LastingSocket } from '../../shared/public/lasting-socket.js';

/** Milliseconds of work at a time: then the browser may take a click, and paint. */
const TURN = 8;
/** Messages that may wait for a slow page; of more, prices are left out. */
const MOST_WAITING = 10_000;

/**
 * A WebSocket that carries streams. `on.open(symbols)` comes with every new connection, `on.price(quote)`
 * with each price, `on.ended(id, why)` when the server ends a stream, `on.state(state)` with `connecting`,
 * `open` and `waiting`.
 */
export class StreamConnection {
  #socket;
  /** Ids of the streams that run: what still comes of others is not worth any work. */
  #running = new Set();
  #waiting = [];
  #working = false;

  constructor(on) {
    this.on = on;
    this.#socket = new LastingSocket(() => ({ path: 'prices' }), {
      state: (state) => this.on.state(state),
      message: (message) => this.#receive(message),
      lost: () => this.#forget(),
    });
    this.#socket.connect();
  }

  /** Starts a stream. @returns the id to cancel it with */
  start(event, symbol) {
    const id = this.#socket.ask(event, { symbol });
    if (id !== null) this.#running.add(id);
    return id;
  }

  cancel(id) {
    this.#running.delete(id);
    this.#socket.send({ event: '$cancel', id });
  }

  /**
   * A browser hands over all messages that have come one behind the other, and a page that takes its
   * time with each would not see a click before the last of them. They wait here instead.
   */
  #receive(message) {
    if (message.event === 'watch' && this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(message);
    if (!this.#working) void this.#work();
  }

  async #work() {
    this.#working = true;
    let began = performance.now();
    while (this.#waiting.length > 0) {
      this.#handle(this.#waiting.shift());
      if (performance.now() - began < TURN) continue;
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
    this.#working = false;
  }

  #forget() {
    this.#waiting = [];
    this.#running.clear();
  }

  #handle({ event, data, id, complete }) {
    if (event === 'symbols') this.on.open(data);
    // An id that begins with $ asks for an answer: the server sends no more until it has it.
    else if (event === 'shown') this.#socket.send({ event: '$reply', id });
    else if (!this.#running.has(id)) return;
    else if (event === 'exception') this.#ended(id, data.message);
    else if (complete) this.#ended(id, 'The stream has ended');
    else this.on.price(data);
  }

  #ended(id, why) {
    this.#running.delete(id);
    this.on.ended(id, why);
  }
}
