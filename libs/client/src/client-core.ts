import type { ClientOptions } from './connection/client-options.js';
import type { ClientState } from './connection/client-state.js';
import { Link } from './connection/link.js';
import type { Moment } from './connection/link-listener.js';
import { resolveOptions, type Settings } from './connection/resolve-options.js';
import { socketUrl } from './connection/socket-url.js';
import { setParts } from './messages/inner.js';
import type { CallOptions, ClientStats, SendOptions } from './messages/lean-client.js';
import { Events, type EventListener } from './messages/events.js';
import { Outbox, type Outgoing } from './messages/outbox.js';
import { renewal } from './connection/renewal.js';
import { newKey } from './messages/new-key.js';
import { ClientError } from './support/client-error.js';
import { realClock, type Clock } from './support/clock.js';
import { Listeners } from './support/listeners.js';
import type { Off } from './support/off.js';
import { settle } from './support/settle.js';
import { exceptionError } from './wire/exception.js';
import type { Frame } from './wire/frame.js';
import {
  CANCEL_EVENT,
  EXCEPTION_EVENT,
  EXPIRING_EVENT,
  PING_EVENT,
  REAUTHENTICATE_EVENT,
  REFUSE_EVENT,
  RESERVED,
} from './wire/wire-events.js';

/** Above so many bytes that wait in the socket, volatile messages are not sent. */
const VOLATILE_LIMIT = 65_536;

/** What `connectLean` returns; `LeanClient` is how its types are seen. */
export class ClientCore {
  readonly stats = { ignored: 0 } satisfies ClientStats;
  readonly #settings: Settings;
  readonly #report: (error: unknown) => void;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #events: Events;
  readonly #takers = new Set<(frame: Frame) => boolean>();
  readonly #states: Listeners<[ClientState]>;
  readonly #renew: (signal: AbortSignal) => Promise<void>;
  readonly #moments: Listeners<[Moment]>;
  #lastId = 0;

  constructor(url: string | URL, options: ClientOptions, clock: Clock = realClock) {
    const settings = resolveOptions(options);
    const report = (error: unknown): void => {
      try {
        settings.onError(error);
      } catch (failure) {
        console.error(failure);
      }
    };
    this.#settings = settings;
    this.#report = report;
    this.#events = new Events(report);
    this.#states = new Listeners(report);
    this.#moments = new Listeners(report);
    const address = socketUrl(url);
    this.#link = new Link(settings, clock, address, {
      state: (state) => this.#states.tell(state),
      moment: (moment) => this.#happened(moment),
      frame: (frame) => this.#received(frame),
      nonsense: () => void (this.stats.ignored += 1),
      report,
    });
    this.#outbox = new Outbox(
      clock,
      settings.queue,
      ({ frame, message }) => this.#link.send(frame, message),
      (id) => void this.#link.send({ event: CANCEL_EVENT, id }),
    );
    this.#outbox.stopped = new ClientError('CLOSED', 'connect() has not been called');
    this.#renew = renewal(clock, {
      token: (signal) => this.#link.token(false, signal),
      hand: (token) => this.call(REAUTHENTICATE_EVENT, { token }, { queue: false }),
      report,
    });
    setParts(this, {
      url: address,
      link: this.#link,
      outbox: this.#outbox,
      clock,
      settings,
      moments: this.#moments,
      takers: this.#takers,
      ask: (...about) => this.#ask(...about),
      report,
    });
    if (settings.autoConnect) this.connect();
  }

  get state(): ClientState {
    return this.#link.state;
  }

  connect(): void {
    this.#link.connect();
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  close(code?: number, reason?: string): void {
    this.#link.close(code, reason);
  }

  onState(listener: (state: ClientState) => void): Off {
    return this.#states.add(listener);
  }

  opened({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return settle(signal, (resolve, reject) => {
      const look = (): void => {
        if (this.state.name === 'open') resolve();
        else if (this.#outbox.stopped !== undefined) reject(this.#outbox.stopped);
      };
      look();
      return [this.onState(look)];
    });
  }

  on(event: string, listener: EventListener): Off {
    return this.#events.on(event, listener);
  }

  call(event: string, data?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { timeout = this.#settings.callTimeout, signal, queue = true } = options;
    const given = options.key ?? this.#settings.idempotent;
    const key = given === true ? newKey() : given === false ? undefined : given;
    return new Promise((resolve, reject) => {
      const out: Outgoing = {
        ...this.#ask(event, data, key),
        timeout,
        signal,
        queue,
        answer(frame) {
          if (frame.event === EXCEPTION_EVENT) reject(exceptionError(frame.data));
          else resolve(frame.data);
          return true;
        },
        fail: reject,
        again: () => (key === undefined ? undefined : out),
      };
      this.#outbox.add(out);
    });
  }

  send(event: string, data: unknown, options: { readonly volatile: true }): boolean;
  send(event: string, data?: unknown, options?: SendOptions): Promise<void>;
  send(
    event: string,
    data?: unknown,
    { volatile, signal, queue = true }: Omit<SendOptions, 'volatile'> & { volatile?: boolean } = {},
  ): boolean | Promise<void> {
    const frame = { event, data };
    if (volatile === true) {
      return this.#link.buffered <= VOLATILE_LIMIT && this.#link.send(frame);
    }
    return new Promise((resolve, reject) => {
      const message = this.#settings.codec.encode(frame);
      this.#outbox.add({ frame, message, signal, queue, sent: resolve, fail: reject });
    });
  }

  #ask(
    event: string,
    data: unknown,
    key?: string,
    upload?: Frame['upload'],
  ): Pick<Outgoing, 'frame' | 'message'> {
    this.#lastId += 1;
    const frame = { event, data, id: this.#lastId, key, upload };
    return { frame, message: this.#settings.codec.encode(frame) };
  }

  #received(frame: Frame): void {
    for (const take of this.#takers) if (take(frame)) return;
    const { event, data, id } = frame;
    if (typeof id === 'string' && id.startsWith(RESERVED)) {
      const refusal = { code: 'UNKNOWN_EVENT', message: 'Nobody answers this' };
      this.#link.send({ event: REFUSE_EVENT, data: refusal, id });
    } else if (id !== undefined) {
      if (event !== PING_EVENT && !this.#outbox.answer(frame)) this.stats.ignored += 1;
    } else {
      const heard = this.#events.tell(frame);
      if (event === EXPIRING_EVENT) void this.#renew(this.#link.signal);
      else if (event === EXCEPTION_EVENT && !heard) {
        this.#report(exceptionError(data));
      }
    }
  }

  #happened(moment: Moment): void {
    // Rooms first: what was said while away comes after them.
    this.#moments.tell(moment);
    if (moment === 'begun') this.#outbox.stopped = undefined;
    else if (moment === 'opened') this.#outbox.opened();
    else if (moment === 'lost') this.#outbox.lost();
    else this.#outbox.stop(moment);
  }
}
