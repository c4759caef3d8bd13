import type { Logged, LogLimit } from '#hub';
import { replyCode } from '../client/reply-error.js';
import type { Names } from '../names/names.js';
import type { RedisLink } from './redis-link.js';

/** Entries of the first page: they may be large. */
const FIRST_PAGE = 16;
/** Bytes a page should have. */
const PAGE_BYTES = 1024 * 1024;
const MAX_PAGE = 1_000;

/** What a node has published for repair behind `after`; what is no entry of ours is left out. */
export async function* readLog(
  link: RedisLink,
  names: Names,
  node: string,
  after: number,
  limit: LogLimit,
): AsyncGenerator<Logged> {
  let from = `${after + 1}-0`;
  let count = FIRST_PAGE;
  let messages = 0;
  let bytes = 0;
  while (messages < limit.messages && bytes < limit.bytes) {
    const size = Math.min(count, limit.messages - messages);
    const page = await readPage(link, names.log(node), from, size);
    let pageBytes = 0;
    for (const entry of page) {
      const logged = readEntry(names, entry);
      if (logged === undefined) continue;
      messages++;
      bytes += logged.message.length;
      pageBytes += logged.message.length;
      yield logged;
      if (bytes >= limit.bytes) return;
    }
    const last = idOf(page.at(-1));
    if (page.length < size || last === undefined) return;
    from = `(${last}`;
    count = Math.max(1, Math.min(MAX_PAGE, Math.floor((PAGE_BYTES * size) / (pageBytes + 1))));
  }
}

async function readPage(
  link: RedisLink,
  key: string,
  from: string,
  count: number,
): Promise<readonly unknown[]> {
  try {
    const page = await link.ask((commands) =>
      commands.command(['XRANGE', key, from, '+', 'COUNT', String(count)]),
    );
    return Array.isArray(page) ? page : [];
  } catch (error) {
    // A key of somebody else: there is no log, which looks like one whose entries have gone.
    if (replyCode(error) === 'WRONGTYPE') return [];
    throw error;
  }
}

function idOf(entry: unknown): string | undefined {
  return Array.isArray(entry) ? String(entry[0]) : undefined;
}

/** An entry is `[id, ['c', channel, 'm', message]]`. */
function readEntry(names: Names, entry: unknown): Logged | undefined {
  const fields: unknown = Array.isArray(entry) ? entry[1] : undefined;
  if (!Array.isArray(fields) || fields.length !== 4) return undefined;
  const [c, part, m, message] = fields.map((field: unknown) => field);
  if (String(c) !== 'c' || String(m) !== 'm' || !Buffer.isBuffer(message)) return undefined;
  const channel = names.ofPart(String(part));
  return channel === undefined ? undefined : { channel, message };
}
