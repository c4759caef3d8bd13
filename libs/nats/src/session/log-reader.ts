import type { Logged, LogLimit } from '#hub';
import type { Subjects } from '../names/subjects.js';
import type { Streams } from './session-streams.js';
import { readSubject } from './stream-reader.js';
import { unavailable } from './unavailable.js';

/** What a node has logged behind a number, in the order in which it was sent. */
export async function* readStreamLog(
  streams: Streams,
  subjects: Subjects,
  node: string,
  after: number,
  limit: LogLimit,
): AsyncGenerator<Logged> {
  const stream = subjects.stream('LOG');
  const subject = subjects.log(node);
  let messages = 0;
  let bytes = 0;
  try {
    const from = await firstBehind(streams, stream, subject, after);
    if (from === undefined) return;
    for await (const message of readSubject(streams, stream, subject, from)) {
      if (numberOf(message.headers) <= after) continue;
      yield {
        channel: subjects.channelOf(message.subject),
        message: Uint8Array.from(message.data),
      };
      bytes += message.data.length;
      if (++messages >= limit.messages || bytes >= limit.bytes) return;
    }
  } catch (error) {
    throw unavailable(error);
  }
}

/**
 * Where in the stream the first message behind `after` is: the numbers of one node rise with those of the
 * stream, so a few looks find it among any number.
 * @returns undefined when there is none
 */
async function firstBehind(
  { manager }: Streams,
  stream: string,
  subject: string,
  after: number,
): Promise<number | undefined> {
  const look = (seq: number) =>
    manager.direct.getMessage(stream, { next_by_subj: subject, seq: Math.max(1, seq) });
  const [first, last] = await Promise.all([
    look(1),
    manager.direct.getMessage(stream, { last_by_subj: subject }),
  ]);
  if (first === null || last === null || numberOf(last.header) <= after) return undefined;
  let low = first.seq;
  let high = last.seq;
  if (numberOf(first.header) > after) return low;
  // `low` is at or before `after`, `high` is behind it.
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const found = await look(middle);
    if (found === null || found.seq >= high || numberOf(found.header) > after) high = middle;
    else low = found.seq;
  }
  return low;
}

/** The number its node has given a message; 0 for what none of ours has sent. */
function numberOf(headers: { get(name: string): string } | undefined): number {
  const [, seq] = headers?.get('Nats-Msg-Id').split(':') ?? [];
  return Number(seq) || 0;
}
