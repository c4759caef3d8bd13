import { LastingSocket } from '../../shared/public/lasting-socket.js';

/**
 * The notifications of one user, for as long as the page is open: shows each once, acknowledges it, and
 * comes back when it is told to.
 *
 * `on.state(state)` is told `connecting`, `open` or `waiting`; `on.notification(data)` gets each.
 */
export class Inbox {
  #socket;
  #seen = new Set();

  constructor(user, on) {
    this.on = on;
    this.#socket = new LastingSocket(() => ({ path: 'notifications', query: { user } }), {
      state: (state) => this.on.state(state),
      message: (message) => this.#receive(message),
    });
    this.#socket.connect();
  }

  close() {
    this.#socket.end();
  }

  #receive({ event, data, mail }) {
    // A server that goes away says when to come back, so that a thousand pages do not do so at once.
    if (event === '$shutdown') this.#socket.pauseOnce(data.reconnect);
    if (event !== 'notification') return;
    // Every tab says so; the first one is heard, the others learn that there is nothing left to say.
    this.#socket.send({ event: '$ack', data: { mail } });
    // An acknowledgement that was lost brings the notification again.
    if (this.#seen.has(mail)) return;
    this.#seen.add(mail);
    this.on.notification(data);
  }
}
