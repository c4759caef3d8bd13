import { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import { exceptionError, fields } from '../wire/exception.js';
import type { Frame } from '../wire/frame.js';
import { EXCEPTION_EVENT, PING_EVENT, PING_ID, SHUTDOWN_EVENT } from '../wire/wire-events.js';
import { Attempt } from './attempt.js';
import { pauseAfter, wish } from './backoff.js';
import type { ClientState, Why } from './client-state.js';
import { closeClass, UNAUTHORIZED } from './close-class.js';
import { LATE, Liveness, PROBE_TIMEOUT } from './liveness.js';
import type { Settings } from './resolve-options.js';
import { isOffline, onWake } from './surroundings.js';
import { nextState, type StateEvent } from './transitions.js';

/** What is told of a link. */
interface LinkListener {
  /** After the state has changed, and those who depend on it have been told. */
  state(state: ClientState): void;
  /** Whatever had ended it before, it is tried again. */
  begun(): void;
  opened(): void;
  /** An open connection is one no more; messages handed to it may have arrived. */
  lost(): void;
  /** Nothing is tried any more, until `connect`. */
  stopped(error: ClientError): void;
  frame(frame: Frame): void;
  bytes(bytes: ArrayBuffer): void;
  sent(frame: Frame): void;
  nonsense(): void;
  report(error: unknown): void;
}

/**
 * One connection after another to one address. What happens becomes an event of the table in
 * `transitions.ts`; here is what has to be done about it.
 */
export class Link {
  state: ClientState;
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

  sendBytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.state.name !== 'open' || this.#attempt?.writable !== true) return false;
    this.#attempt.send(bytes);
    return true;
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
    this.#leave();
    this.#refusal = undefined;
    const round = new AbortController();
    this.#round = round;
    this.#limit(this.#settings.connectTimeout, round);
    this.#become({ name: 'connecting', attempt: this.#failures + 1 });
    if (this.#round !== round) return;
    if (this.#settings.token === undefined) this.#open(undefined);
    else void this.#openWithToken(round);
  }

  async #openWithToken(round: AbortController): Promise<void> {
    let token: string | null | undefined;
    try {
      token = await this.token(this.#tokenRefused, round.signal);
    } catch (error) {
      if (this.#round !== round) return;
      this.#listener.report(error);
      this.#lose({ code: 'TOKEN_UNAVAILABLE', message: 'No token could be had' });
      return;
    }
    if (this.#round !== round) return;
    if (token === null) this.#signOut('NO_TOKEN', 'There is no token');
    else this.#open(token);
  }

  #open(token: string | undefined): void {
    try {
      this.#attempt = new Attempt(this.#settings, this.#url, token, {
        accepted: () => this.#accepted(),
        heard: () => this.#liveness?.heard(),
        frame: (frame) => this.#received(frame),
        bytes: (bytes) => this.#listener.bytes(bytes),
        nonsense: () => this.#listener.nonsense(),
        tooBig: () => this.#tooBig(),
        closed: (code, reason) => this.#closed(code, reason),
      });
    } catch (error) {
      // An address, a token or a class that cannot be will not be any better the next time.
      this.#refuse('BAD_REQUEST', String(error), undefined);
    }
  }

  /** A late timer is no reason to give up: what has arrived meanwhile has yet to be read. */
  #limit(milliseconds: number, round: AbortController): void {
    const due = this.#clock.now() + milliseconds;
    this.#off = this.#clock.after(milliseconds, () => {
      if (this.#clock.now() - due > LATE) this.#limit(PROBE_TIMEOUT, round);
      else this.#lose({ code: 'CONNECT_TIMEOUT', message: 'No answer in time' });
    });
  }

  /** A refusal is a connection as well, for a moment: open is who was answered. */
  #accepted(): void {
    const { codec, protocols } = this.#settings;
    const chosen = this.#attempt?.protocol ?? '';
    if (chosen !== codec.protocol && !protocols.includes(chosen)) {
      this.#refuse(
        'UNSUPPORTED_PROTOCOL',
        `The server does not speak ${codec.protocol}`,
        undefined,
      );
    } else this.#transmit({ event: PING_EVENT, id: PING_ID });
  }

  #received(frame: Frame): void {
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
      () => this.#lose({ code: 'NO_ANSWER', message: 'No answer in time' }),
    );
    if (this.#refusal !== undefined) this.#listener.report(this.#refusal);
    this.#refusal = undefined;
    this.#become({ name: 'open' });
  }

  #closed(code: number, reason: string): void {
    const { retry, token } = this.#settings;
    const opened = this.state.name === 'open';
    const refusal = this.#refusal;
    const why: Why = {
      code:
        refusal?.code ??
        (this.#wished !== undefined ? 'SHUTDOWN' : isOffline() ? 'OFFLINE' : 'LOST'),
      message: refusal?.message ?? (reason || 'The connection was lost'),
      close: code,
    };
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
    } else if (event === 'refused') this.#refuse(known, why.message, code);
    else if (event === 'lost') this.#lose(why, refusal?.retryAfter);
    else if (token === undefined) this.#signOut(known, why.message);
    else this.#unauthorized(opened, known, why);
  }

  /** The token was refused: a fresh one is tried at once, but only one until one was good. */
  #unauthorized(opened: boolean, code: string, why: Why): void {
    const fresh = !this.#tokenRefused || (opened && this.#steady());
    if (fresh && opened) this.#failures = 0;
    this.#tokenRefused = true;
    if (fresh) this.reconnect();
    else if (opened) this.#lose(why);
    else this.#signOut(code, why.message);
  }

  #steady(): boolean {
    return this.#clock.now() - this.#openedAt >= this.#settings.steadyAfter;
  }

  #tooBig(): void {
    const error = new ClientError('MESSAGE_TOO_BIG', 'Message over maxMessage');
    this.#listener.report(error);
    this.#lose(error, undefined, 4009);
  }

  /** @param code sent to the server, where the connection is still there */
  #lose(why: Why, retryAfter?: number, code?: number): void {
    if (nextState(this.state.name, 'lost') === undefined) return;
    const open = this.state.name === 'open';
    if (open && this.#steady()) {
      this.#failures = 0;
      if (why.close !== UNAUTHORIZED) this.#tokenRefused = false;
    }
    const pause = pauseAfter(this.#failures, this.#settings.backoff, this.#clock.random());
    const wait = wish(retryAfter) + (this.#wished ?? pause);
    this.#notBefore = this.#clock.now() + wish(retryAfter);
    this.#failures += 1;
    this.#leave(code);
    this.#off = this.#clock.after(wait, () => this.connect());
    const { code: name, message, close } = why;
    this.#become({
      name: 'waiting',
      in: wait,
      until: Date.now() + wait,
      why: { code: name, message, close },
      attempt: this.#failures,
    });
  }

  #refuse(code: string, message: string, close: number | undefined): void {
    const status = close !== undefined && close >= 4400 && close < 4600 ? close - 4000 : undefined;
    this.#stop('refused', { name: 'refused', status, code, message }, 'REFUSED', message);
  }

  #signOut(code: string, message: string): void {
    this.#stop('denied', { name: 'signed-out', code, message }, 'SIGNED_OUT', message);
  }

  #stop(event: StateEvent, state: ClientState, code: string, message: string): void {
    if (nextState(this.state.name, event) !== state.name) return;
    this.#leave();
    this.#awake?.abort();
    this.#awake = undefined;
    this.#failures = 0;
    this.#tokenRefused = false;
    const more = 'message' in state ? { details: { code: state.code } } : {};
    this.#become(state, new ClientError(code, message, more));
  }

  /** Ends the current try, whatever it has come to. */
  #leave(code?: number): void {
    this.#off();
    this.#round.abort();
    this.#round = new AbortController();
    this.#liveness?.stop();
    this.#liveness = undefined;
    this.#wished = undefined;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.drop(code);
  }

  /** Tells of a state, unless one who was told has brought about another. */
  #become(state: ClientState, stopped?: ClientError): void {
    const open = this.state.name === 'open';
    this.state = state;
    if (open) this.#listener.lost();
    if (this.state === state && state.name === 'connecting') this.#listener.begun();
    if (this.state === state && stopped !== undefined) this.#listener.stopped(stopped);
    if (this.state === state && state.name === 'open') this.#listener.opened();
    if (this.state === state) this.#listener.state(state);
  }

  #transmit(frame: Frame, message = this.#settings.codec.encode(frame)): boolean {
    if (this.#attempt?.writable !== true) return false;
    this.#attempt.send(message);
    this.#listener.sent(frame);
    return true;
  }

  #wake(): void {
    if (this.state.name === 'waiting') {
      // What the server has asked for holds, whoever looks at the page.
      if (!isOffline() && this.#clock.now() >= this.#notBefore) this.connect();
    } else this.#liveness?.probe(PROBE_TIMEOUT);
  }
}
