import { ErrorCode, WireError } from '#hub';
import { isRecord } from '../support/is-record.js';
import type { ParsedMessage, RawMessage } from './adapter-options.interface.js';

/**
 * What the adapter parses with by default: a JSON object, as text or as bytes.
 * @throws {WireError} BAD_JSON or BAD_ENVELOPE; the text says nothing of what was sent
 */
export function parseJsonMessage(data: RawMessage): ParsedMessage {
  const text = textOf(data);
  let value: unknown;
  try {
    value = mayHoldPrototype(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text);
  } catch {
    // The cause is left out: its message quotes the payload.
    throw new WireError(ErrorCode.BadJson, 'Cannot parse message: it is not valid JSON');
  }
  if (!isRecord(value) || !('event' in value)) {
    throw new WireError(
      ErrorCode.BadEnvelope,
      'Cannot read message: an object with an event is expected',
    );
  }
  const { event, data: payload, id } = value;
  return { event, data: payload, id };
}

function textOf(data: RawMessage): string {
  if (typeof data === 'string') return data;
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString();
}

/** An escape can hide any letter of the key, so text with an ASCII escape is suspected, too. */
function mayHoldPrototype(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u00');
}

/** Drops keys that the first `Object.assign` over the payload would turn into a prototype. */
function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
