const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** A connection that held this long was a good one: the next pause starts small again. */
const STEADY_AFTER = 10_000;

/**
 * Keeps one guest connected to one room: opens the socket, opens it again after growing pauses
 * whenever it is lost, and finds out why the server refused it.
 *
 * `on.state(state, details)` is told of every change:
 *   connecting               a handshake is under way
 *   open                     messages flow
 *   waiting {seconds, why}   lost; called again each second while counting down
 *   refused {why}            the server does not want this name or room; it is not tried again
 * `on.message(event, data, id)` gets what the server sends.
 *
 * It remembers the position of the last line and hands it back when it returns: the server then sends
 * exactly what was missed.
 */
export class RoomConnection {
  #socket = null;
  #timer = 0;
  #failures = 0;
  #nextId = 1;
  #everOpen = false;
  #stopped = false;
  #position = null;

  constructor(room, name, on) {
    this.room = room;
    this.name = name;
    this.on = on;
  }

  connect() {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#socket !== null) return;
    this.on.state('connecting');

    const url = new URL(`chat/${encodeURIComponent(this.room)}`, document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('name', this.name);
    for (const [key, value] of Object.entries(this.#position ?? {})) {
      url.searchParams.set(key, value);
    }
    const socket = new WebSocket(url);
    this.#socket = socket;

    let openedAt = 0;
    socket.addEventListener('open', () => {
      openedAt = Date.now();
      this.#everOpen = true;
      this.on.state('open');
    });
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', ({ reason }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (openedAt > 0 && Date.now() - openedAt > STEADY_AFTER) this.#failures = 0;
      if (openedAt > 0) this.#wait(reason || 'The connection was lost');
      else void this.#askWhy();
    });
  }

  /** Sends `say`; the answer comes with the returned id. Null when there is no open connection. */
  say(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return null;
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ event: 'say', data: { text }, id }));
    return id;
  }

  /** Ends this connection for good. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #receive(frame) {
    if (this.#stopped || typeof frame !== 'string') return;
    let message;
    try {
      message = JSON.parse(frame);
    } catch {
      return;
    }
    if (typeof message?.event !== 'string') return;
    const { event, data, id, at } = message;
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
    // Called again meanwhile, because the network is back: the answer is about the name we now hold.
    if (this.#stopped || this.#socket !== null) return;

    // After a lost connection the server may not have noticed yet that our old one is gone: the
    // name is then taken by ourselves, for a while.
    if (refusal !== null && !(this.#everOpen && refusal.status === 409)) {
      this.stop();
      this.on.state('refused', { why: refusal.why });
    } else {
      this.#wait(refusal?.why ?? 'The server cannot be reached');
    }
  }

  #wait(why) {
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    // Half of the pause is random, so that a thousand pages do not come back in the same moment.
    const until = Date.now() + longest * (0.5 + Math.random() / 2);

    const tick = () => {
      const left = until - Date.now();
      if (left <= 0) {
        this.connect();
        return;
      }
      this.on.state('waiting', { seconds: Math.ceil(left / 1_000), why });
      this.#timer = setTimeout(tick, Math.min(left, 1_000));
    };
    tick();
  }
}
