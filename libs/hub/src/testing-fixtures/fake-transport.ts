import type { PreparedMessage, Transport, TransportListener } from '#engine';
import { ReadyState, SendResult } from '#engine';

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
  readonly closes: { code: number | undefined; reason: string | undefined }[] = [];
  terminated = false;
  readonly #listener: TransportListener;
  readonly #held: (() => void)[] = [];

  constructor(listener: TransportListener, protocol = '') {
    this.#listener = listener;
    this.protocol = protocol;
  }

  /** The peer sends a text message. */
  text(text: string): void {
    const payload = Buffer.from(text);
    this.#deliver(() => this.#listener.onText(payload, payload.length === text.length));
  }

  /** The peer sends an envelope as JSON. */
  event(event: string, data?: unknown, id?: string | number): void {
    this.text(JSON.stringify({ event, data, id }));
  }

  binary(payload: Uint8Array): void {
    this.#deliver(() => this.#listener.onBinary(Buffer.from(payload)));
  }

  drain(): void {
    this.bufferedAmount = 0;
    this.#listener.onDrain();
  }

  /** The connection ends, however that came about. */
  end(code = 1000, reason = '', wasClean = true): void {
    if (this.readyState === ReadyState.Closed) return;
    this.readyState = ReadyState.Closed;
    this.#listener.onClose(code, reason, wasClean);
  }

  /** The JSON messages sent so far. */
  get frames(): Record<string, unknown>[] {
    return this.sent.map((frame): Record<string, unknown> => JSON.parse(String(frame)));
  }

  setListener(): void {}

  sendText(text: string): SendResult {
    return this.#send(() => this.sent.push(text));
  }

  sendBinary(data: Uint8Array): SendResult {
    return this.#send(() => this.sent.push(data));
  }

  sendPrepared(message: PreparedMessage): SendResult {
    return this.#send(() => this.prepared.push(message));
  }

  ping(): SendResult {
    return SendResult.Sent;
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

  #send(keep: () => void): SendResult {
    if (this.readyState !== ReadyState.Open) return SendResult.Closed;
    this.onSend?.();
    if (this.outcome !== SendResult.Dropped) keep();
    return this.outcome;
  }
}
