import {
  MAX_EVENT_LENGTH,
  MAX_ID_LENGTH,
  MAX_KEY_LENGTH,
  type Envelope,
  type UploadNotice,
} from './envelope.js';
import { ErrorCode } from './error-code.js';
import { readTraceContext } from '../support/trace-context.js';
import { WireError } from './wire-error.js';

/**
 * Checks that a decoded value is an envelope, whatever codec decoded it, and keeps only the fields
 * a client may set: `complete` is the server's to say.
 *
 * @throws {WireError} BAD_ENVELOPE, with the request's id when that much could be read. Messages
 * name types and lengths, never values: an exception does not echo what it refuses.
 */
export function readEnvelope(value: unknown): Envelope {
  const envelope = readFields(value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object: its fields were read
  const { traceparent, tracestate } = value as { traceparent?: unknown; tracestate?: unknown };
  if (traceparent === undefined) return envelope;
  const trace = readTraceContext(traceparent, tracestate);
  if (trace !== undefined) envelope.trace = trace;
  return envelope;
}

function readFields(value: unknown): Envelope {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`Cannot read message: an object is expected, current value is ${kind(value)}`);
  }
  const { event, data, id, key, upload } = value as Partial<
    Record<'event' | 'data' | 'id' | 'key' | 'upload', unknown>
  >;
  if (id !== undefined && !isId(id)) {
    throw refuse(
      `Cannot read id: a finite number or a string of 1 to ${MAX_ID_LENGTH} characters is expected, current value is ${kind(id)}`,
    );
  }
  if (typeof event !== 'string' || event.length === 0 || event.length > MAX_EVENT_LENGTH) {
    throw refuse(
      `Cannot read event: a string of 1 to ${MAX_EVENT_LENGTH} characters is expected, current value is ${kind(event)}`,
      id,
    );
  }
  // A literal for each instead of an optional property: shapes stay monomorphic for the dispatcher.
  if (id === undefined) return { event, data };
  if (upload !== undefined) {
    const envelope: Envelope = { event, data, id, upload: readUpload(upload, id) };
    if (key !== undefined) envelope.key = readKey(key, id);
    return envelope;
  }
  return key === undefined ? { event, data, id } : { event, data, id, key: readKey(key, id) };
}

/**
 * Reads a decoded value as a client does, with the fields that only a server sends.
 *
 * @throws {WireError} BAD_ENVELOPE
 */
export function readFrame(value: unknown): Envelope {
  const frame = readEnvelope(value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's word, which is ours
  const { complete, at, mail } = value as Partial<Envelope>;
  if (complete === true) frame.complete = complete;
  if (typeof at === 'object') frame.at = at;
  if (typeof mail === 'number') frame.mail = mail;
  return frame;
}

/** Whether a value may correlate a request with its answer. */
export function isId(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH;
}

function readKey(key: unknown, id: string | number): string {
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH) return key;
  throw refuse(
    `Cannot read key: a string of 1 to ${MAX_KEY_LENGTH} characters is expected, current value is ${kind(key)}`,
    id,
  );
}

function readUpload(upload: unknown, id: string | number): UploadNotice {
  const { size }: { size?: unknown } =
    typeof upload === 'object' && upload !== null ? upload : { size: upload };
  if (size === undefined) return {};
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return { size };
  throw refuse(
    `Cannot read upload: an object is expected whose size is a whole number from 0, current value is ${kind(size)}`,
    id,
  );
}

function refuse(message: string, id?: string | number): WireError {
  return new WireError(ErrorCode.BadEnvelope, message, { id });
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  return `of type ${typeof value}`;
}
