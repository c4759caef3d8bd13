import type { HistoryBounds, LogNews } from '#hub';

/** Messages of the largest batch. */
const MAX_MESSAGES = 64;
/** Bytes of a batch; a longer message is one of its own. */
const MAX_BYTES = 1024 * 1024;

/** An append whose caller waits. */
export interface WaitingAppend {
  readonly body: Buffer;
  readonly bounds: HistoryBounds;
  readonly id: string | undefined;
  /** By `performance.now()`: its caller is told then that nobody knows. */
  readonly deadline: number;
  readonly resolve: (news: LogNews) => void;
  readonly reject: (error: unknown) => void;
  settled: boolean;
}

/** Appends that are done in one go, and are recognised by their number when they are sent again. */
export interface AppendBatch {
  readonly sequence: number;
  /** Its bounds are those of all. */
  readonly first: WaitingAppend;
  readonly appends: readonly WaitingAppend[];
}

/**
 * Takes from the front what can go together: of the same bounds, and without an id of the application,
 * whose appends are looked up each for itself.
 */
export function takeBatch(queue: WaitingAppend[]): WaitingAppend[] {
  const [first] = queue;
  if (first === undefined) return [];
  let count = 1;
  let bytes = first.body.length;
  if (first.id === undefined) {
    for (; count < Math.min(queue.length, MAX_MESSAGES); count++) {
      const next = queue[count];
      if (next === undefined || next.id !== undefined) break;
      bytes += next.body.length;
      if (bytes > MAX_BYTES || !sameBounds(first.bounds, next.bounds)) break;
    }
  }
  return queue.splice(0, count);
}

function sameBounds(one: HistoryBounds, other: HistoryBounds): boolean {
  return (
    one.maxMessages === other.maxMessages &&
    one.maxBytes === other.maxBytes &&
    one.maxAge === other.maxAge
  );
}
