import type { LimitError, ProtocolError } from '../protocol/errors.js';
import type { ProtocolSink } from '../protocol/protocol-sink.js';

/** One call on a sink: its name and its arguments, payloads as hexadecimal text. */
export type SinkCall = readonly [name: string, ...details: (string | number)[]];

/** Writes down what a `Protocol` reports, payloads copied at once: later changes to them show. */
export class RecordingSink implements ProtocolSink {
  readonly calls: SinkCall[] = [];
  /** Called after each call was written down. */
  afterCall: (call: SinkCall) => void = () => {};

  textInChunk(chunk: Buffer, start: number, end: number, ascii: boolean): void {
    this.textReceived(chunk.subarray(start, end), ascii);
  }

  /** Takes down what it is told and keeps nothing: memory is used again while tests go on. */
  textReceived(payload: Buffer, ascii: boolean): boolean {
    // What `ascii` claims must hold; whether it is claimed depends on the segmentation.
    if (ascii && payload.some((byte) => byte > 127)) throw new Error('Text is not ASCII');
    this.record('text', payload.toString('hex'));
    return false;
  }

  binaryReceived(payload: Buffer): void {
    this.record('binary', payload.toString('hex'));
  }

  pingReceived(payload: Buffer): void {
    this.record('ping', payload.toString('hex'));
  }

  pongReceived(payload: Buffer): void {
    this.record('pong', payload.toString('hex'));
  }

  closeReceived(code: number, reason: string): void {
    this.record('close', code, reason);
  }

  violated(error: ProtocolError | LimitError): void {
    this.record('violated', error.closeCode, error.code);
  }

  private record(...call: [string, ...(string | number)[]]): void {
    this.calls.push(call);
    this.afterCall(call);
  }
}
