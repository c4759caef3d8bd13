import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import { exceptionError, fields } from '../wire/exception.js';
import { decodeFrame } from '../wire/client-codec.js';
import type { Frame } from '../wire/frame.js';
import { EXCEPTION_EVENT, PING_EVENT, PING_ID, SHUTDOWN_EVENT } from '../wire/wire-events.js';
import { Attempt } from './attempt.js';
import { pauseAfter, wish } from './backoff.js';
import type { ClientState } from './client-state.js';
import { closeClass, TOO_BIG, UNAUTHORIZED } from './close-class.js';
import type { LinkListener } from './link-listener.js';
import { LATE, Liveness, PROBE_TIMEOUT } from './liveness.js';
import type { Settings } from './resolve-options.js';
import { withQuery } from './socket-url.js';
import { isOffline, onWake } from './surroundings.js';
import { nextState, type StateEvent } from './transitions.js';

/**
 * One connection after another to one address. What happens becomes an event of the table in
 * `transitions.ts`; here is what has to be done about it.
 */
export class Link {
  state: ClientState;
  /** Told of each frame, where somebody wants to know. */
  tap: ((frame: Frame, direction: 'in' | 'out') => void) | undefined;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  readonly #url: string;
  #attempt: Attempt | undefined;
  #liveness: Liveness | undefined;
  /** Ends everything that belongs to the current try. */
  #round = new AbortController();
  #off = (): void => {};
  /** Hears of the page, while something is tried. */
  #awake: AbortController | undefined;
  #failures = 0;
  #openedAt = 0;
  /** The server wants to see nobody before. */
  #notBefore = 0;
  /** Whether the last token was refused, and none was good since. */
  #tokenRefused = false;
  /** What the server said before it was ready to talk: why it is going to close. */
  #refusal: ClientError | undefined;
  /** The pause a server that shuts down wishes for. */
  #wished: number | undefined;

  constructor(settings: Settings, clock: Clock, url: string, listener: LinkListener) {
    this.#settings = settings;
    this.#clock = clock;
    this.#url = url;
    this.#listener = listener;
    this.state = { name: 'closed', by: 'client', code: 1000, reason: '' };
  }

  connect(): void {
    this.#begin('connect');
  }

  reconnect(): void {
    this.#begin('again');
  }

  /** @throws what the class of sockets throws for a code or a reason that may not be sent */
  close(code = 1000, reason = ''): void {
    if (nextState(this.state.name, 'close') === undefined) return;
    // May throw: then nothing has happened.
    this.#attempt?.drop(code, reason);
    this.#stop(
      'close',
      { name: 'closed', by: 'client', code, reason },
      'CLOSED',
      'The client closed',
    );
  }

  /** @returns false when there is no open connection */
  send(frame: Frame, message?: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.state.name !== 'open') return false;
    return this.#transmit(frame, message);
  }

  /** Aborts when the present try or connection is over. */
  get signal(): AbortSignal {
    return this.#round.signal;
  }

  get buffered(): number {
    return this.#attempt?.buffered ?? 0;
  }

  /** Asks for a token, in the time of a connect; undefined where there is no provider. */
  async token(refused: boolean, signal: AbortSignal): Promise<string | null | undefined> {
    const { token } = this.#settings;
    return token === undefined ? undefined : ((await token({ refused, signal })) ?? null);
  }

  #begin(event: StateEvent): void {
    if (nextState(this.state.name, event) === undefined) return;
    if (this.#awake === undefined) {
      this.#awake = new AbortController();
      onWake(() => this.#wake(), this.#awake.signal);
    }
    this.#refusal = undefined;
    if (!this.#become({ name: 'connecting', attempt: this.#failures + 1 })) return;
    const round = this.#round;
    this.#limit(this.#settings.connectTimeout, round);
    if (this.#settings.token === undefined) this.#open(round);
    else void this.#openWithToken(round);
  }

  async #openWithToken(round: AbortController): Promise<void> {
    let token: string | null | undefined;
    try {
      token = await this.token(this.#tokenRefused, round.signal);
    } catch (error) {
      this.#unavailable('token', error, round);
    }
    if (this.#round !== round) return;
    if (token === null) this.#signOut('NO_TOKEN', 'There is no token');
    else this.#open(round, token);
  }

  /** What the application gives for a try cannot be had; perhaps the next time. */
  #unavailable(what: string, error: unknown, round: AbortController): void {
    if (this.#round !== round) return;
    this.#lose(`${what.toUpperCase()}_UNAVAILABLE`, `No ${what} could be had`);
    this.#listener.report(error);
  }

  #open(round: AbortController, token?: string): void {
    const { query = {} } = this.#settings;
    let url = this.#url;
    try {
      url = withQuery(url, typeof query === 'function' ? query() : query);
    } catch (error) {
      this.#unavailable('query', error, round);
    }
    if (this.#round !== round) return;
    try {
      this.#attempt = new Attempt(this.#settings, url, token, {
        accepted: (protocol) => this.#accepted(protocol),
        message: (message) => this.#message(message),
        closed: (code, reason) => this.#closed(code, reason),
      });
    } catch (error) {
      // An address, a token or a class that cannot be will not be any better the next time.
      this.#refuse('BAD_REQUEST', String(error));
    }
  }

  /** A late timer is no reason to give up: what has arrived meanwhile has yet to be read. */
  #limit(milliseconds: number, round: AbortController): void {
    const due = this.#clock.now() + milliseconds;
    this.#off = this.#clock.after(milliseconds, () => {
      if (this.#clock.now() - due > LATE) this.#limit(PROBE_TIMEOUT, round);
      else this.#lose('CONNECT_TIMEOUT', 'No answer in time');
    });
  }

  /** A refusal is a connection as well, for a moment: open is who was answered. */
  #accepted(protocol: string): void {
    const { codec, protocols } = this.#settings;
    if (protocol !== codec.protocol && !protocols.includes(protocol)) {
      this.#refuse('UNSUPPORTED_PROTOCOL', `The server does not speak ${codec.protocol}`);
    } else this.#transmit({ event: PING_EVENT, id: PING_ID });
  }

  #message(message: string | ArrayBuffer): void {
    // Whatever it is, the server is there.
    this.#liveness?.heard();
    const { codec, maxMessage } = this.#settings;
    if ((typeof message === 'string' ? message.length : message.byteLength) > maxMessage) {
      this.#tooBig();
      return;
    }
    const frame = decodeFrame(codec, message);
    if (frame !== undefined) this.#received(frame);
    else this.#listener.nonsense();
  }

  #received(frame: Frame): void {
    const round = this.#round;
    this.tap?.(frame, 'in');
    if (this.#round !== round) return;
    if (this.state.name === 'connecting') {
      if (frame.event === EXCEPTION_EVENT && frame.id === undefined) {
        this.#refusal = exceptionError(frame.data);
        return;
      }
      this.#opened();
    }
    // Closed by a listener of the state.
    if (this.state.name !== 'open') return;
    if (frame.event === SHUTDOWN_EVENT) {
      const { after, within } = fields(fields(frame.data)['reconnect']);
      this.#wished = wish(after) + wish(within) * this.#clock.random();
    }
    this.#listener.frame(frame);
  }

  #opened(): void {
    this.#off();
    this.#openedAt = this.#clock.now();
    this.#liveness = new Liveness(
      this.#clock,
      this.#settings,
      () => void this.#transmit({ event: PING_EVENT, id: PING_ID }),
      () => this.#lose('NO_ANSWER', 'No answer in time'),
    );
    if (this.#refusal !== undefined) this.#listener.report(this.#refusal);
    this.#refusal = undefined;
    this.#become({ name: 'open' });
  }

  #closed(code: number, reason: string): void {
    const { retry, token } = this.#settings;
    const opened = this.state.name === 'open';
    const refusal = this.#refusal;
    const message = refusal?.message ?? (reason || 'The connection was lost');
    let event = closeClass(code);
    try {
      const again = retry?.({ code, reason, opened });
      if (again !== undefined) event = again ? 'lost' : 'refused';
    } catch (error) {
      this.#listener.report(error);
    }
    const known = refusal?.code ?? `CLOSED_${code}`;
    if (event === 'ended') {
      const state = { name: 'closed', by: 'server', code, reason } as const;
      this.#stop('ended', state, 'CLOSED', reason || 'The server closed');
    } else if (event === 'refused') this.#refuse(known, message, code);
    else if (event === 'denied' && token === undefined) this.#signOut(known, message);
    else if (event === 'denied') this.#unauthorized(opened, known, message);
    else {
      const guess = this.#wished !== undefined ? 'SHUTDOWN' : isOffline() ? 'OFFLINE' : 'LOST';
      this.#lose(refusal?.code ?? guess, message, code, refusal?.retryAfter);
    }
  }

  /** The token was refused: a fresh one is tried at once, but only one until one was good. */
  #unauthorized(opened: boolean, code: string, message: string): void {
    const fresh = !this.#tokenRefused || (opened && this.#steady());
    if (fresh && opened) this.#failures = 0;
    this.#tokenRefused = true;
    if (fresh) this.reconnect();
    else if (opened) this.#lose('LOST', message, UNAUTHORIZED);
    else this.#signOut(code, message);
  }

  #steady(): boolean {
    return this.#clock.now() - this.#openedAt >= this.#settings.steadyAfter;
  }

  #tooBig(): void {
    const message = 'Message over maxMessage';
    this.#listener.report(new ClientError('MESSAGE_TOO_BIG', message));
    this.#attempt?.drop(TOO_BIG);
    this.#lose('MESSAGE_TOO_BIG', message);
  }

  /** @param close the code of the server's close, where there was one */
  #lose(code: string, message: string, close?: number, retryAfter?: number): void {
    if (nextState(this.state.name, 'lost') === undefined) return;
    if (this.state.name === 'open' && this.#steady()) {
      this.#failures = 0;
      if (close !== UNAUTHORIZED) this.#tokenRefused = false;
    }
    const { backoff } = this.#settings;
    const pause = this.#wished ?? pauseAfter(this.#failures, backoff, this.#clock.random());
    const wait = wish(retryAfter) + pause;
    this.#notBefore = this.#clock.now() + wish(retryAfter);
    this.#failures += 1;
    const stays = this.#become({
      name: 'waiting',
      in: wait,
      until: Date.now() + wait,
      why: { code, message, close },
      attempt: this.#failures,
    });
    if (stays) this.#off = this.#clock.after(wait, () => this.connect());
  }

  #refuse(code: string, message: string, close = 0): void {
    const status = close >= 4400 && close < 4600 ? close - 4000 : undefined;
    this.#stop('refused', { name: 'refused', status, code, message }, 'REFUSED', message);
  }

  #signOut(code: string, message: string): void {
    this.#stop('denied', { name: 'signed-out', code, message }, 'SIGNED_OUT', message);
  }

  #stop(event: StateEvent, state: ClientState, code: string, message: string): void {
    if (nextState(this.state.name, event) !== state.name) return;
    this.#awake?.abort();
    this.#awake = undefined;
    this.#failures = 0;
    this.#tokenRefused = false;
    const more = 'message' in state ? { details: { code: state.code } } : {};
    this.#become(state, new ClientError(code, message, more));
  }

  /** Ends the current try, whatever it has come to. */
  #leave(): void {
    const round = this.#round;
    this.#round = new AbortController();
    this.#off();
    this.#liveness?.stop();
    this.#liveness = undefined;
    this.#wished = undefined;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.drop();
    round.abort();
  }

  /**
   * Tells of a state, unless one who was told has brought about another.
   * @returns false when that is so
   */
  #become(state: ClientState, stopped?: ClientError): boolean {
    const open = this.state.name === 'open';
    const { name } = state;
    this.state = state;
    if (open) this.#listener.moment('lost');
    if (this.state === state && name !== 'open') this.#leave();
    const begins = name === 'connecting' ? 'begun' : name === 'open' ? 'opened' : stopped;
    if (this.state === state && begins !== undefined) this.#listener.moment(begins);
    if (this.state === state) this.#listener.state(state);
    return this.state === state;
  }

  #transmit(frame: Frame, message = this.#settings.codec.encode(frame)): boolean {
    const sent = this.#attempt?.send(message) ?? false;
    if (sent) this.tap?.(frame, 'out');
    return sent;
  }

  #wake(): void {
    if (this.state.name === 'waiting') {
      // What the server has asked for holds, whoever looks at the page.
      if (!isOffline() && this.#clock.now() >= this.#notBefore) this.connect();
    } else this.#liveness?.probe(PROBE_TIMEOUT);
  }
}
