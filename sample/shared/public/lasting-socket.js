const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
/** A connection that held this long was a good one: the next pause starts small again. */
const STEADY_AFTER = 10_000;

/**
 * A WebSocket for messages of JSON that is opened again, after growing pauses, whenever it is lost.
 *
 * `address()` is asked before each try: `{ path, query }`, the path relative to the page.
 * `on.state(state, { seconds, why })` is told of every change:
 *   connecting               a handshake is under way
 *   open                     messages flow
 *   waiting {seconds, why}   lost; called again each second while counting down
 * `on.message(message)` gets what the server sends.
 * `on.lost({ code })`, if there is one, may return why it was lost, or a promise of it,
 * and call `end()` when another try makes no sense.
 */
export class LastingSocket {
  #address;
  #on;
  #socket = null;
  #timer = 0;
  #failures = 0;
  #pause = null;
  #nextId = 1;
  #ended = new AbortController();

  constructor(address, on) {
    this.#address = address;
    this.#on = on;
    // The network is back: no reason to sit out the rest of the pause.
    const { signal } = this.#ended;
    globalThis.addEventListener?.('online', () => this.connect(), { signal });
  }

  /** Whether there is a connection, or a handshake under way. */
  get connected() {
    return this.#socket !== null;
  }

  get ended() {
    return this.#ended.signal.aborted;
  }

  /** Opens it, now and not after the rest of a pause. Does nothing while there is a connection. */
  connect() {
    clearTimeout(this.#timer);
    if (this.ended || this.connected) return;
    this.#on.state('connecting', {});
    const { path, query = {} } = this.#address();
    const url = new URL(path, document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const socket = new WebSocket(url);
    this.#socket = socket;

    let openedAt = 0;
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      openedAt = Date.now();
      this.#on.state('open', {});
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket === socket) this.#receive(data);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (openedAt > 0 && Date.now() - openedAt > STEADY_AFTER) this.#failures = 0;
      void this.#comeBack({ code });
    });
  }

  /** @returns whether there was a connection to send it on */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Sends what is to be answered. @returns the id of the answer, null without a connection */
  ask(event, data) {
    const id = this.#nextId;
    if (!this.send({ event, data, id })) return null;
    this.#nextId += 1;
    return id;
  }

  /** The pause after the next loss, in milliseconds: `{ after, within }`, at a random moment of `within`. */
  pauseOnce(pause) {
    this.#pause = pause ?? null;
  }

  /** Closes it and connects again at once. */
  reopen() {
    this.pauseOnce({ after: 0, within: 0 });
    this.#socket?.close(1000);
  }

  /** Ends it for good: nothing is reported any more. */
  end() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #receive(data) {
    if (typeof data !== 'string') return;
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (typeof message?.event === 'string') this.#on.message(message);
  }

  async #comeBack(how) {
    const why = (await this.#on.lost?.(how)) ?? 'The connection was lost';
    // Ended, or connected, while the answer to the question was on its way.
    if (this.ended || this.connected) return;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    // Half of the pause is random, so that a thousand pages do not come back in the same moment.
    const { after, within } = this.#pause ?? { after: longest / 2, within: longest / 2 };
    this.#pause = null;
    this.#failures += 1;
    const until = Date.now() + after + Math.random() * within;
    const tick = () => {
      const left = until - Date.now();
      if (left <= 0) {
        this.connect();
        return;
      }
      this.#on.state('waiting', { seconds: Math.ceil(left / 1_000), why });
      this.#timer = setTimeout(tick, Math.min(left, 1_000));
    };
    tick();
  }
}
