import { replyText } from '../client/reply-text.js';
import { BrokerUnavailable, type HistoryBounds, type LogEntry, type LogPage } from '#hub';

/** Bytes of an entry before its body: 13 digits of the time and a colon. */
const STAMP = 14;

/** Where entries have been appended. */
interface Appended {
  readonly epoch: string;
  /** Of the first. */
  readonly offset: number;
  readonly time: number;
}

/** @throws {BrokerUnavailable} for what the append script does not reply */
export function readAppended(reply: unknown): Appended {
  const [epoch, offset, time] = list(reply, 3);
  return { epoch: replyText(epoch), offset: whole(offset), time: whole(time) };
}

/**
 * @param bounds of whoever reads: what is past them is left out; none for the end only
 * @throws {BrokerUnavailable} for what the read script does not reply
 */
export function readPage(reply: unknown, bounds: HistoryBounds): LogPage {
  const [epoch, offset, first, now, raw] = list(reply, 5);
  const all = list(raw, 0).map((entry, index): LogEntry => {
    if (!Buffer.isBuffer(entry) || entry.length < STAMP) throw malformed();
    return {
      offset: whole(first) + index,
      time: whole(entry.toString('latin1', 0, STAMP - 1)),
      body: entry.subarray(STAMP),
    };
  });
  return {
    epoch: replyText(epoch),
    offset: whole(offset),
    entries: within(all, bounds, whole(now)),
  };
}

/** The newest stays within count and bytes, whatever its size. */
function within(entries: readonly LogEntry[], bounds: HistoryBounds, now: number): LogEntry[] {
  let from = entries.length;
  let bytes = 0;
  while (from > 0) {
    const entry = entries[from - 1];
    if (entry === undefined || now - entry.time >= bounds.maxAge) break;
    bytes += entry.body.length;
    const taken = entries.length - from;
    if (taken > 0 && (taken >= bounds.maxMessages || bytes > bounds.maxBytes)) break;
    from--;
  }
  return entries.slice(from);
}

function list(reply: unknown, least: number): readonly unknown[] {
  if (!Array.isArray(reply) || reply.length < least) throw malformed();
  return reply;
}

function whole(value: unknown): number {
  const number = Number(replyText(value));
  if (!Number.isSafeInteger(number) || number < 0) throw malformed();
  return number;
}

function malformed(): BrokerUnavailable {
  return new BrokerUnavailable('Cannot read a reply of Redis: it is none of our scripts');
}
