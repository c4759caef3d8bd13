import { LastingSocket } from '../../shared/public/lasting-socket.js';
import { Outbox } from './outbox.js';

/** The node has asked the page to connect again. */
const ANOTHER_NODE = 4000;
/** Then the port hands it to another node; with many nodes perhaps not the one it likes best. */
const MOST_MOVES = 4;
/** Milliseconds between two tries of something the broker is needed for. */
const RETRY_AFTER = 1_000;

/**
 * Keeps one guest in the room, on whichever node there is. It remembers the position of the last line and
 * hands it back when it returns, to this node or another: the server then sends exactly what was missed.
 *
 * `on.state(state, details)` as LastingSocket; `on.message(event, data)`; `on.entered(joined, away)` when it
 * is in the room (again), with the milliseconds it was away; `on.outside()` while it cannot be, for want of
 * the broker; `on.unsaid(lines)` when another line waits or none does; `on.refused(why)` for a line the
 * server does not want.
 */
export class GuestConnection {
  #on;
  #guest;
  #name;
  #socket;
  #outbox;
  #position;
  #lostAt = 0;
  #entering = null;
  #missed = 0;
  #moves = 0;
  #avoid = null;
  #fresh = true;
  #leaving = false;

  constructor({ guest, name }, on) {
    this.#on = on;
    this.#guest = guest;
    this.#name = name;
    this.#socket = new LastingSocket(() => this.#address(), {
      state: (state, details) => this.#changed(state, details),
      message: (message) => this.#receive(message),
      lost: (how) => this.#lost(how),
    });
    this.#outbox = new Outbox((line) => this.#socket.ask('say', line), on.unsaid);
    this.#socket.connect();
  }

  say(text) {
    this.#outbox.add({ key: `${this.#guest} ${Date.now()} ${Math.random()}`, text });
  }

  wave() {
    this.#socket.send({ event: 'wave' });
  }

  /** @param node a number; left out for the broker */
  order(action, node) {
    this.#socket.send({ event: 'order', data: { action, node } });
  }

  /** Leaves this node for another. */
  move(node) {
    this.#avoid = node;
    this.#moves = 0;
    this.#leaving = true;
    this.#socket.reopen();
  }

  rename(name) {
    this.#name = name;
    this.#leaving = true;
    this.#socket.reopen();
  }

  #address() {
    const query = { guest: this.#guest, name: this.#name };
    // A wish that cannot be granted is given up.
    if (this.#moves < MOST_MOVES) {
      if (this.#avoid !== null) query.avoid = this.#avoid;
      else if (this.#fresh) query.fresh = '';
    }
    return { path: 'chat', query };
  }

  #changed(state, details) {
    if (state === 'open') this.#enter();
    this.#on.state(state, details);
  }

  #lost({ code }) {
    this.#outbox.pause();
    this.#lostAt ||= Date.now();
    const leaving = this.#leaving;
    this.#leaving = false;
    if (code !== ANOTHER_NODE) return leaving ? 'it was asked to leave' : undefined;
    this.#moves += 1;
    this.#socket.pauseOnce({ after: 0, within: 0 });
    return 'Going to another node';
  }

  #enter() {
    this.#entering = this.#socket.ask('enter', this.#position ?? {});
  }

  #enterLater() {
    this.#on.outside();
    const asked = this.#entering;
    setTimeout(() => {
      // Another connection has asked itself.
      if (this.#entering === asked) this.#enter();
    }, RETRY_AFTER);
  }

  #receive({ event, data, id, at }) {
    if (at !== undefined) this.#position = { epoch: at.epoch, offset: at.offset };
    if (event === 'said') this.#outbox.forget(data.key);
    if (event === '$joined') this.#entered(data);
    else if (event === 'exception') this.#failed(data, id);
    else if (event === 'say') this.#outbox.said(id);
    else this.#on.message(event, data);
    if (at !== undefined && this.#missed > 0) {
      this.#missed -= 1;
      if (this.#missed === 0) this.#outbox.resume();
    }
  }

  #entered(joined) {
    // The lines of the room follow one by one, each with its place; until then we are before them.
    this.#position = { epoch: joined.epoch, offset: joined.offset - joined.count };
    this.#avoid = null;
    this.#fresh = false;
    this.#moves = 0;
    this.#on.entered(joined, this.#lostAt === 0 ? 0 : Date.now() - this.#lostAt);
    this.#lostAt = 0;
    // A line of ours whose answer was lost may be among those.
    this.#missed = joined.count;
    if (joined.count === 0) this.#outbox.resume();
  }

  #failed({ code, message, details }, id) {
    const away = code === 'UNAVAILABLE' || code === 'TIMEOUT';
    if (id === this.#entering) {
      if (away) this.#enterLater();
      else this.#on.refused(message);
    } else if (away) {
      this.#outbox.failed(id, RETRY_AFTER);
    } else {
      this.#outbox.said(id);
      this.#on.refused([details ?? message].flat().join(', '));
    }
  }
}
