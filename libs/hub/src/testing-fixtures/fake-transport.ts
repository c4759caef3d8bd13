import {
  ReadyState,
  SendResult,
  type DropRule,
  type PreparedMessage,
  type Transport,
  type TransportListener,
} from '#engine';

/**
 * A transport without a socket. It keeps the promises of the real one that the hub builds on:
 * nothing is delivered while paused, what was held comes with `resume`, `onClose` comes once.
 */
export class FakeTransport implements Transport {
  readyState: ReadyState = ReadyState.Open;
  protocol = '';
  bufferedAmount = 0;
  latency = -1;
  remoteAddress = '127.0.0.1';
  paused = false;
  pauses = 0;
  /** What the next sends answer. */
  outcome: SendResult = SendResult.Sent;
  /** Called before a send answers, to make things happen in the middle of one. */
  onSend: (() => void) | undefined;
  /** Off: the peer never answers a Close frame. */
  answersClose = true;
  readonly sent: (string | Uint8Array)[] = [];
  readonly prepared: PreparedMessage[] = [];
  readonly pings: Uint8Array[] = [];
  readonly pongs: Uint8Array[] = [];
  /** What was asked to happen to the messages, in the order they were sent. */
  readonly rules: (DropRule | undefined)[] = [];
  readonly compressed: (boolean | undefined)[] = [];
  /** Off: nothing that is sent leaves, until `drain`. */
  flushes = true;
  readonly closes: { code: number | undefined; reason: string | undefined }[] = [];
  terminated = false;
  readonly #listener: TransportListener;
  readonly #held: (() => void)[] = [];
  #afterSent: ((error?: Error) => void)[] = [];

  constructor(listener: TransportListener, protocol = '') {
    this.#listener = listener;
    this.protocol = protocol;
  }

  /** The peer sends a text message. */
  text(text: string): void {
    this.#deliver(() => this.#listener.onString?.(text, Buffer.byteLength(text)));
  }

  /** The peer sends an envelope as JSON. */
  event(event: string, data?: unknown, id?: string | number): void {
    this.text(JSON.stringify({ event, data, id }));
  }

  binary(payload: Uint8Array): void {
    this.#deliver(() => this.#listener.onBinary(Buffer.from(payload)));
  }

  /** The peer sends a ping; nothing answers it here. */
  peerPings(payload = ''): void {
    this.#deliver(() => this.#listener.onPing(Buffer.from(payload)));
  }

  peerPongs(payload = ''): void {
    this.#deliver(() => this.#listener.onPong(Buffer.from(payload)));
  }

  drain(): void {
    this.bufferedAmount = 0;
    for (const callback of this.#afterSent.splice(0)) callback();
    this.#listener.onDrain();
  }

  /** The connection ends, however that came about. */
  end(code = 1000, reason = '', wasClean = true): void {
    if (this.readyState === ReadyState.Closed) return;
    this.readyState = ReadyState.Closed;
    for (const callback of this.#afterSent.splice(0)) callback(new Error('The connection closed'));
    this.#listener.onClose(code, reason, wasClean);
  }

  /** The JSON messages sent so far, to this connection alone. */
  get frames(): Record<string, unknown>[] {
    return this.sent.map((frame): Record<string, unknown> => JSON.parse(String(frame)));
  }

  /** All JSON messages sent so far, broadcasts included, in order. */
  readonly heard: Record<string, unknown>[] = [];

  /** The peer was too slow: so many messages were dropped. */
  dropped(messages: number, policy: DropRule['policy'] = 'drop-new'): void {
    this.#listener.onDropped?.(messages, policy);
  }

  fail(error: Error): void {
    this.#listener.onError(error);
  }

  setListener(): void {}

  sendText(text: string, compress?: boolean, rule?: DropRule): SendResult {
    return this.#send(text, rule, compress, () => this.sent.push(text));
  }

  sendBinary(data: Uint8Array, compress?: boolean, rule?: DropRule): SendResult {
    return this.#send(undefined, rule, compress, () => this.sent.push(data));
  }

  sendPrepared(message: PreparedMessage, rule?: DropRule): SendResult {
    const text = message.opcode === 1 ? Buffer.from(message.payload).toString() : undefined;
    return this.#send(text, rule, message.compress, () => this.prepared.push(message));
  }

  afterSent(callback: (error?: Error) => void): void {
    if (this.flushes) queueMicrotask(callback);
    else this.#afterSent.push(callback);
  }

  ping(payload: Uint8Array = new Uint8Array(0)): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    this.pings.push(payload);
    return this.outcome;
  }

  pong(payload: Uint8Array = new Uint8Array(0)): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    this.pongs.push(payload);
    return this.outcome;
  }

  close(code?: number, reason?: string): void {
    if (this.readyState !== ReadyState.Open) return;
    this.readyState = ReadyState.Closing;
    this.closes.push({ code, reason });
    if (this.answersClose) queueMicrotask(() => this.end(code ?? 1005, reason));
  }

  terminate(): void {
    this.terminated = true;
    queueMicrotask(() => this.end(1006, '', false));
  }

  pause(): void {
    this.paused = true;
    this.pauses++;
  }

  resume(): void {
    this.paused = false;
    while (this.#held.length > 0 && !this.paused) this.#held.shift()?.();
  }

  #deliver(message: () => void): void {
    if (this.paused) this.#held.push(message);
    else message();
  }

  #send(
    text: string | undefined,
    rule: DropRule | undefined,
    compress: boolean | undefined,
    keep: () => void,
  ): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    this.onSend?.();
    if (this.outcome === SendResult.Dropped) return this.outcome;
    keep();
    this.rules.push(rule);
    this.compressed.push(compress);
    if (text?.startsWith('{') === true) this.heard.push(JSON.parse(text));
    return this.outcome;
  }
}
