import type { LogEntry, LogPage } from '../../broker/broker-history.js';
import { EncodedMessage } from '../../rooms/encoded-message.js';
import { MalformedBytes } from '../../support/byte-reader.js';
import { once } from '../../support/once.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { StoredMessage } from '../history-store.js';
import { unpackMessage, type PackedMessage } from './message-format.js';

/** A message of a log, ready to be delivered. */
export interface LoggedMessage {
  readonly packed: PackedMessage;
  readonly stored: StoredMessage;
  /** Has its place in it. */
  readonly message: EncodedMessage;
}

/**
 * The bytes of `entry` are kept.
 * @returns undefined for what another version wrote, or a stranger
 */
export function readEntry(
  room: string,
  epoch: string,
  { offset, time, body }: LogEntry,
  codecs: KnownCodecs,
): LoggedMessage | undefined {
  const packed = unpacked(body);
  if (packed?.parts.some(({ codec }) => codecs.get(codec) !== undefined) !== true) return undefined;
  const { event, size, parts, options } = packed;
  const message = new EncodedMessage(event, parts, codecs, {
    place: { at: { room, epoch, offset } },
    compress: options.compress !== false,
  });
  return { packed, message, stored: lazy({ offset, event, time, size }, message) };
}

/**
 * What of a page may be told as whole: its end, as far back as every entry is there and can be read.
 * @param read the entries of the page as `readEntry` has read them
 * @returns oldest first
 */
export function wholeEnd(
  { offset, entries }: LogPage,
  read: readonly (LoggedMessage | undefined)[],
): LoggedMessage[] {
  const messages: LoggedMessage[] = [];
  for (let at = entries.length - 1; at >= 0; at--) {
    const message = read[at];
    if (message?.stored.offset !== offset - messages.length) break;
    messages.push(message);
  }
  return messages.toReversed();
}

/** Decodes its data when somebody reads it; to whoever copies or prints it, an object like any other. */
function lazy(known: Omit<StoredMessage, 'data'>, message: EncodedMessage): StoredMessage {
  const data = once(() => message.data());
  return {
    ...known,
    get data() {
      return data();
    },
  };
}

function unpacked(body: Uint8Array): PackedMessage | undefined {
  try {
    return unpackMessage(body);
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}
