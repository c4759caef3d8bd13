import { LimitError, UsageError, type SendPolicy } from '#engine';
import type { SendOptions } from '../../connection/send-options.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { readParts, writeParts, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import { MAX_EVENT_LENGTH } from '../../wire/envelope.js';

/** First byte of a packed message. What another version writes differently has another one. */
const FORMAT = 'a'.charCodeAt(0);
/** Policies by their number. Never give a number a second meaning. */
const POLICIES: readonly SendPolicy[] = ['close', 'drop-new', 'drop-old', 'latest', 'volatile'];
/** Connections one message may be kept from. */
const MAX_EXCEPT = 1_000;
const MAX_ID_LENGTH = 64;
const MAX_KEY_LENGTH = 1_024;

const VOLATILE = 1;
const UNCOMPRESSED = 2;
const POLICY = 4;
const KEY = 8;
const ALL_FLAGS = VOLATILE | UNCOMPRESSED | POLICY | KEY;

/** A message of a room with a history, as it travels and is kept. */
export interface PackedMessage {
  readonly event: string;
  /** How it is delivered to those who are there. */
  readonly options: SendOptions;
  /** Ids of connections it is not delivered to. */
  readonly except: readonly string[];
  /** Bytes of its JSON frame. */
  readonly size: number;
  /** One for each codec; at least one. */
  readonly parts: readonly EncodedPart[];
}

/**
 * @throws {UsageError} for an event of over 128 characters or a key of over 1,024; {LimitError} for more
 *   than 1,000 connections left out
 */
export function packMessage({ event, options, except, size, parts }: PackedMessage): Uint8Array {
  const { volatile, compress, policy, key } = options;
  checkLength('event', event, MAX_EVENT_LENGTH);
  if (key !== undefined) checkLength('key', key, MAX_KEY_LENGTH);
  if (except.length > MAX_EXCEPT) {
    throw new LimitError(
      `Cannot publish: at most ${MAX_EXCEPT} connections can be left out, current value is ${except.length}`,
      'WS_ERR_TOO_MANY_EXCEPTIONS',
    );
  }
  if (policy !== undefined && !POLICIES.includes(policy)) {
    throw new UsageError(
      `Cannot publish: a policy of ${POLICIES.join(', ')} is expected, current value is ${policy}`,
    );
  }
  let flags = 0;
  if (volatile === true) flags |= VOLATILE;
  if (compress === false) flags |= UNCOMPRESSED;
  if (policy !== undefined) flags |= POLICY;
  if (key !== undefined) flags |= KEY;
  const writer = new ByteWriter(size + 256).u8(FORMAT).u8(flags).u32(size).text(event);
  if (policy !== undefined) writer.u8(POLICIES.indexOf(policy));
  if (key !== undefined) writer.text(key);
  writer.u16(except.length);
  for (const id of except) writer.text(id);
  writeParts(writer, parts);
  return writer.done();
}

/**
 * Parts are views of `body`.
 * @throws {MalformedBytes} for what another version wrote, or a stranger
 */
export function unpackMessage(body: Uint8Array): PackedMessage {
  const reader = new ByteReader(body);
  if (reader.u8() !== FORMAT) throw new MalformedBytes('Another format is expected');
  const flags = reader.u8();
  if ((flags & ~ALL_FLAGS) !== 0) throw new MalformedBytes('Only known flags are expected');
  const size = reader.u32();
  const event = reader.text(MAX_EVENT_LENGTH);
  const options: SendOptions = {};
  if ((flags & VOLATILE) !== 0) options.volatile = true;
  if ((flags & UNCOMPRESSED) !== 0) options.compress = false;
  if ((flags & POLICY) !== 0) options.policy = policyOf(reader.u8());
  if ((flags & KEY) !== 0) options.key = reader.text(MAX_KEY_LENGTH);
  const except: string[] = [];
  for (let count = reader.count(MAX_EXCEPT, 2); count > 0; count--) {
    except.push(reader.text(MAX_ID_LENGTH));
  }
  const parts = readParts(reader);
  reader.end();
  if (parts.length === 0) throw new MalformedBytes('A part is expected');
  return { event, options, except, size, parts };
}

function policyOf(number: number): SendPolicy {
  const policy = POLICIES[number];
  if (policy === undefined) throw new MalformedBytes('A known policy is expected');
  return policy;
}

function checkLength(what: string, value: string, limit: number): void {
  if (value.length <= limit) return;
  throw new UsageError(
    `Cannot publish: ${what} of at most ${limit} characters is expected, current value has ${value.length}`,
  );
}
