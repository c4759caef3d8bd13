import type { Codec, Position } from '#hub';
import { isRecord } from '../support/is-record.js';

/** A message of the server as a test sees it. */
export interface WsFrame<Data = unknown> {
  event: string;
  data: Data;
  id?: string | number;
  /** The last frame of a stream. */
  complete?: boolean;
  /** The place of a message in the history of a room. */
  at?: Position;
  /** The number under which `$ack` acknowledges it. */
  mail?: number;
}

export interface FrameMessage<Data = unknown> {
  readonly kind: 'frame';
  readonly frame: WsFrame<Data>;
}

export interface TextMessage {
  readonly kind: 'text';
  readonly text: string;
}

export interface BinaryMessage {
  readonly kind: 'binary';
  readonly bytes: Buffer;
}

/** What came over the connection: an envelope, or something that is none. */
export type Received = FrameMessage | TextMessage | BinaryMessage;

/** Picks messages of one kind. What type the data is of, the test has to know. */
export type Matcher<M extends Received> = (message: Received) => message is M;

/** @param codec reads messages instead of JSON */
export function readMessage(payload: Buffer, isBinary: boolean, codec?: Codec): Received {
  const text = isBinary ? '' : payload.toString();
  const frame = codec === undefined ? parse(text) : decode(isBinary ? payload : text, codec);
  if (frame !== undefined) return { kind: 'frame', frame };
  return isBinary ? { kind: 'binary', bytes: payload } : { kind: 'text', text };
}

function parse(text: string): WsFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isFrame(value) ? value : undefined;
}

function isFrame(value: unknown): value is WsFrame {
  return isRecord(value) && typeof value['event'] === 'string';
}

function decode(payload: string | Buffer, codec: Codec): WsFrame | undefined {
  try {
    return codec.decodeFrame?.(payload) ?? codec.decode(payload);
  } catch {
    return undefined;
  }
}
