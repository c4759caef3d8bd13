import type { TransportLimits } from '#engine';
import { endOf, type BinaryType, type WebSocket } from '#ws';

/** `ws._receiver`: by which limits a connection reads. They cannot be changed on the way. */
export class ConnectionReceiver {
  readonly #ws: WebSocket;

  constructor(ws: WebSocket) {
    this.#ws = ws;
  }

  get _binaryType(): BinaryType {
    return this.#ws.binaryType;
  }

  set _binaryType(type: BinaryType) {
    this.#ws.binaryType = type;
  }

  get _isServer(): boolean {
    return !endOf(this.#ws).isClient;
  }

  /** By name; of compression it says no more than its limit. */
  get _extensions(): Readonly<Record<string, { readonly _maxPayload: number }>> {
    const { extensions } = this.#ws;
    return extensions === '' ? {} : { [extensions]: { _maxPayload: this._maxPayload } };
  }

  get _maxPayload(): number {
    return this.#limits.maxPayload;
  }

  get _maxFragments(): number {
    return this.#limits.maxFragments;
  }

  get _maxBufferedChunks(): number {
    return this.#limits.maxBufferedChunks;
  }

  get _skipUTF8Validation(): boolean {
    return this.#limits.skipUTF8Validation;
  }

  get _allowSynchronousEvents(): boolean {
    return this.#limits.maxFramesPerTurn !== 1;
  }

  get #limits(): Readonly<TransportLimits> {
    return endOf(this.#ws).transport!.limits;
  }
}
