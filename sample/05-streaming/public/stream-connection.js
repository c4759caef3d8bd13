import { LastingSocket } from '../../shared/public/lasting-socket.js';

/**
 * A WebSocket that carries streams. `on.open(symbols)` comes with every new connection, `on.price(quote)`
 * with each price, `on.state(state)` with `connecting`, `open` and `waiting`.
 */
export class StreamConnection {
  #socket;

  constructor(on) {
    this.on = on;
    this.#socket = new LastingSocket(() => ({ path: 'prices' }), {
      state: (state) => this.on.state(state),
      message: (message) => this.#receive(message),
    });
    this.#socket.connect();
  }

  /** Starts a stream. @returns the id to cancel it with */
  start(event, symbol) {
    return this.#socket.ask(event, { symbol });
  }

  cancel(id) {
    this.#socket.send({ event: '$cancel', id });
  }

  #receive({ event, data, id, complete }) {
    if (event === 'symbols') this.on.open(data);
    else if ((event === 'watch' || event === 'follow') && !complete) this.on.price(data);
    // An id that begins with $ asks for an answer: the server sends no more until it has it.
    else if (event === 'shown') this.#socket.send({ event: '$reply', id });
  }
}
