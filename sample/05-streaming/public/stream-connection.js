/**
 * A WebSocket that carries streams. `on.open(symbols)` comes with every new connection, `on.price(quote)`
 * with each price, `on.state(state)` with `connecting`, `open` and `waiting`.
 */
export class StreamConnection {
  #socket = null;
  #nextId = 1;

  constructor(on) {
    this.on = on;
    this.#connect();
  }

  /** Starts a stream. @returns the id to cancel it with */
  start(event, symbol) {
    const id = this.#nextId++;
    this.#send({ event, data: { symbol }, id });
    return id;
  }

  cancel(id) {
    this.#send({ event: '$cancel', id });
  }

  #connect() {
    this.on.state('connecting');
    const url = new URL('prices', document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.on.state('open'));
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', () => {
      this.on.state('waiting');
      setTimeout(() => this.#connect(), 500 + Math.random() * 1_000);
    });
  }

  #receive({ event, data, id, complete }) {
    if (event === 'symbols') this.on.open(data);
    else if ((event === 'watch' || event === 'follow') && !complete) this.on.price(data);
    // An id that begins with $ asks for an answer: the server sends no more until it has it.
    else if (event === 'shown') this.#send({ event: '$reply', id });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
