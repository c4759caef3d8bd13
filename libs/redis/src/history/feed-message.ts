import type { LogNews } from '#hub';

/** Bytes of the longest first line that is looked at: 64 lengths and the rest. */
const MAX_HEAD = 2_048;
const HEAD = /^1 ([!-~]{1,64}) (\d{1,16}) (\d{1,16})((?: \d{1,9})+)$/;

/**
 * What the append script publishes: `1 <epoch> <offset of the first> <time> <length>...`, a line feed,
 * and the bodies.
 * @returns undefined for what it cannot have published
 */
export function readFeedMessage(message: Buffer): LogNews[] | undefined {
  const end = message.subarray(0, MAX_HEAD).indexOf(0x0a);
  if (end === -1) return undefined;
  const head = HEAD.exec(message.toString('latin1', 0, end));
  if (head === null) return undefined;
  const [, epoch = '', first = '', time = '', lengths = ''] = head;
  const news: LogNews[] = [];
  let at = end + 1;
  for (const text of lengths.trimStart().split(' ')) {
    const length = Number(text);
    if (length > message.length - at) return undefined;
    news.push({
      epoch,
      offset: Number(first) + news.length,
      time: Number(time),
      body: message.subarray(at, at + length),
    });
    at += length;
  }
  return at === message.length ? news : undefined;
}
