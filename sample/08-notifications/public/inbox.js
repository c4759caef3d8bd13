const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/**
 * The notifications of one user, for as long as the page is open: connects again whenever it has to,
 * shows each notification once and acknowledges it.
 *
 * `on.state(state)` is told `connecting`, `open` or `waiting`; `on.notification(data, isNew)` gets each.
 */
export class Inbox {
  #socket = null;
  #timer = 0;
  #failures = 0;
  #seen = new Set();
  #hint = null;
  #closed = false;

  constructor(user, on) {
    this.user = user;
    this.on = on;
    this.#connect();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  #connect() {
    this.on.state('connecting');
    const url = new URL('notifications', document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('user', this.user);
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#failures = 0;
      this.on.state('open');
    });
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', () => {
      if (!this.#closed) this.#wait();
    });
  }

  #receive({ event, data, mail }) {
    if (event === '$shutdown') this.#hint = data.reconnect;
    if (event !== 'notification') return;
    // Every tab says so; the first one is heard, the others learn that there is nothing left to say.
    this.#socket.send(JSON.stringify({ event: '$ack', data: { mail } }));
    // An acknowledgement that was lost brings the notification again.
    if (this.#seen.has(mail)) return;
    this.#seen.add(mail);
    this.on.notification(data);
  }

  #wait() {
    this.on.state('waiting');
    const { after = 0, within = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures) } =
      this.#hint ?? {};
    this.#hint = null;
    this.#failures += 1;
    // At a random moment, so that a thousand pages do not come back at the same time.
    this.#timer = setTimeout(() => this.#connect(), after + Math.random() * within);
  }
}
