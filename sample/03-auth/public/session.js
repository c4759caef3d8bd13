/**
 * Who is signed in, and the one WebSocket that goes with it.
 *
 * `on.event(event, data)` gets what the server sends; `on.state(state)` is told `connecting`, `open` or
 * `waiting`; `on.end(why)` says that somebody has to sign in again.
 */
export class Session {
  #socket = null;
  #token;
  #nextId = 1;
  #retry = 0;
  #ended = false;

  constructor(token, on) {
    this.#token = token;
    this.on = on;
    this.#connect();
  }

  static async signIn(name, password) {
    return (await ask('login', { name, password })).token;
  }

  /** Fetches a new token over HTTP and gives it to the open connection. */
  async renew() {
    try {
      this.#token = (await ask('renew', {}, this.#token)).token;
      this.send('reauthenticate', { token: this.#token });
    } catch (error) {
      this.on.event('exception', { message: error.message });
    }
  }

  send(event, data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ event, data, id: this.#nextId++ }));
  }

  end(why = '') {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
    this.on.end(why);
  }

  #connect() {
    this.on.state('connecting');
    const url = new URL('board', document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    // A page cannot set headers on a WebSocket; in the query the token would end up in logs.
    const socket = new WebSocket(url, [`bearer.${this.#token}`]);
    this.#socket = socket;
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
      this.on.state('open');
    });
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      this.on.event(message.event, message.data);
    });
    socket.addEventListener('close', ({ code, reason }) => {
      if (this.#ended) return;
      if (code === 4401) this.end(reason);
      else void this.#comeBack(opened);
    });
  }

  /** A browser does not tell with which status a handshake was refused: an HTTP route does. */
  async #comeBack(opened) {
    this.on.state('waiting');
    if (!opened) {
      try {
        this.#token = (await ask('renew', {}, this.#token)).token;
      } catch (error) {
        if (error.status === 401) return this.end(error.message);
      }
    }
    // Signed out while the token was being fetched.
    if (this.#ended) return;
    this.#retry = setTimeout(() => this.#connect(), 500 + Math.random() * 1_000);
  }
}

async function ask(path, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(new URL(path, document.baseURI), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  throw Object.assign(new Error([answer.message].flat().join(', ')), { status: response.status });
}
