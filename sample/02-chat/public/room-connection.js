import { LastingSocket } from '../../shared/public/lasting-socket.js';

/**
 * Keeps one guest connected to one room, and finds out why the server refused it.
 *
 * `on.state(state, details)` is told of every change: `connecting`, `open` and `waiting {seconds, why}` as
 * LastingSocket reports them, and
 *   refused {why}   the server does not want this name or room; it is not tried again
 * `on.message(event, data, id)` gets what the server sends.
 *
 * It remembers the position of the last line and hands it back when it returns: the server then sends
 * exactly what was missed.
 */
export class RoomConnection {
  #socket;
  #everOpen = false;
  #position = {};

  constructor(room, name, on) {
    this.room = room;
    this.name = name;
    this.on = on;
    this.#socket = new LastingSocket(() => this.#address(), {
      state: (state, details) => this.on.state(state, details),
      message: (message) => this.#receive(message),
      lost: ({ opened, reason }) => {
        this.#everOpen ||= opened;
        return opened ? reason || undefined : this.#askWhy();
      },
    });
  }

  connect() {
    this.#socket.connect();
  }

  /** Sends `say`; the answer comes with the returned id. Null when there is no open connection. */
  say(text) {
    return this.#socket.ask('say', { text });
  }

  /** Ends this connection for good. */
  stop() {
    this.#socket.end();
  }

  #address() {
    const path = `chat/${encodeURIComponent(this.room)}`;
    return { path, query: { name: this.name, ...this.#position } };
  }

  #receive({ event, data, id, at }) {
    // The lines of the room follow one by one, each with its place; until then we are before them.
    if (event === '$joined')
      this.#position = { epoch: data.epoch, offset: data.offset - data.count };
    if (at !== undefined) this.#position = { epoch: at.epoch, offset: at.offset };
    this.on.message(event, data, id);
  }

  /** A browser does not tell a page with which HTTP status its handshake was refused. */
  async #askWhy() {
    const url = new URL(`chat/${encodeURIComponent(this.room)}/name`, document.baseURI);
    url.searchParams.set('name', this.name);
    let refusal = null;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      if (response.status >= 400 && response.status < 500) {
        refusal = { status: response.status, why: (await response.json()).message };
      }
    } catch {
      // No answer at all: the server is away, which is what waiting is for.
    }
    if (refusal === null) return 'The server cannot be reached';
    // Opened meanwhile, because the network is back: the answer is about the name we now hold.
    // After a lost connection the server may not have noticed yet that our old one is gone: the
    // name is then taken by ourselves, for a while.
    const ours = this.#socket.connected || (this.#everOpen && refusal.status === 409);
    if (!ours && !this.#socket.ended) {
      this.stop();
      this.on.state('refused', { why: refusal.why });
    }
    return refusal.why;
  }
}
