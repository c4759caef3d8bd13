import { LastingSocket } from '../../shared/public/lasting-socket.js';
import { postJson } from '../../shared/public/post-json.js';

/**
 * Who is signed in, and the one WebSocket that goes with it.
 *
 * `on.event(event, data, id)` gets what the server sends; `on.state(state)` is told `connecting`, `open` or
 * `waiting`; `on.end(why)` says that somebody has to sign in again.
 */
export class Session {
  #socket;
  #token;

  constructor(token, on) {
    this.#token = token;
    this.on = on;
    // A page cannot set headers on a WebSocket; in the query the token would end up in logs.
    const address = () => ({ path: 'board', protocols: [`bearer.${this.#token}`] });
    this.#socket = new LastingSocket(address, {
      state: (state) => this.on.state(state),
      message: ({ event, data, id }) => this.on.event(event, data, id),
      lost: (how) => this.#lost(how),
    });
    this.#socket.connect();
  }

  static async signIn(name, password) {
    return (await postJson('login', { name, password })).token;
  }

  /** Fetches a new token over HTTP and gives it to the open connection. */
  async renew() {
    try {
      await this.#fetchToken();
      this.send('reauthenticate', { token: this.#token });
    } catch (error) {
      this.on.event('exception', { message: error.message });
    }
  }

  /** @returns the id of the answer, null without a connection */
  send(event, data) {
    return this.#socket.ask(event, data);
  }

  end(why = '') {
    if (this.#socket.ended) return;
    this.#socket.end();
    this.on.end(why);
  }

  async #lost({ opened, code, reason }) {
    if (code === 4401) return this.end(reason);
    this.on.state('waiting');
    if (opened) return;
    // A browser does not tell with which status a handshake was refused: an HTTP route does.
    try {
      await this.#fetchToken();
    } catch (error) {
      if (error.status === 401) this.end(error.message);
    }
  }

  async #fetchToken() {
    const headers = { Authorization: `Bearer ${this.#token}` };
    this.#token = (await postJson('renew', {}, headers)).token;
  }
}
