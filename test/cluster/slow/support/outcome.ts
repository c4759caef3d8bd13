import type { NodeReport } from './node-handle.js';

/** What became of all broadcasts between the nodes of a scenario, each counted once per receiving node. */
export interface Outcome {
  /** Published by one node and meant for another. */
  readonly expected: number;
  readonly received: number;
  readonly doubled: number;
  /** Came behind a later one of the same publisher and room. */
  readonly disordered: number;
  /** Came more than a second after they were sent. */
  readonly late: number;
  readonly lost: number;
  /** Lost without a gap event at the receiver that covers it. */
  readonly unannounced: number;
  /** Milliseconds a node's own members waited. */
  readonly localP99: number;
  readonly localMax: number;
  /** Messages of a node that its own members did not get. */
  readonly localLost: number;
  readonly unhandled: readonly string[];
}

/** Clocks of one machine, and the time between a send and what is noted of it. */
const TOLERANCE = 50;
const LATE = 1_000;

/**
 * @param reports of the nodes that are left
 * @param rooms all nodes have a member in each
 */
export function outcomeOf(reports: readonly NodeReport[], rooms: readonly string[]): Outcome {
  const total = { expected: 0, received: 0, doubled: 0, disordered: 0, late: 0, lost: 0 };
  let unannounced = 0;
  let localLost = 0;
  for (const publisher of reports) {
    for (const receiver of reports) {
      for (const room of rooms) {
        const sent = publisher.sent[room] ?? [];
        const came = receiver.received[`${publisher.name} ${room}`] ?? [];
        const seen = new Set<number>();
        let last = -1;
        for (let at = 0; at < came.length; at += 2) {
          const [number = -1, time = 0] = came.slice(at, at + 2);
          if (receiver === publisher) {
            seen.add(number);
            continue;
          }
          if (seen.has(number)) total.doubled++;
          else {
            total.received++;
            if (number < last) total.disordered++;
            if (time - (sent[number] ?? 0) > LATE) total.late++;
          }
          seen.add(number);
          last = Math.max(last, number);
        }
        if (receiver === publisher) {
          localLost += sent.length - seen.size;
          continue;
        }
        total.expected += sent.length;
        total.lost += sent.length - seen.size;
        sent.forEach((time, number) => {
          if (!seen.has(number) && !isAnnounced(receiver, publisher.name, room, time))
            unannounced++;
        });
      }
    }
  }
  return {
    ...total,
    unannounced,
    localLost,
    localP99: Math.max(...reports.map(({ local }) => local.p99)),
    localMax: Math.max(...reports.map(({ local }) => local.max)),
    unhandled: reports.flatMap(({ unhandled }) => unhandled),
  };
}

function isAnnounced(
  { gaps }: NodeReport,
  publisher: string,
  room: string,
  sentAt: number,
): boolean {
  return gaps.some(
    ({ publisher: of, rooms, since, until }) =>
      (of === undefined || of === publisher) &&
      (rooms === 'all' || rooms.includes(room)) &&
      since - TOLERANCE <= sentAt &&
      sentAt <= until + TOLERANCE,
  );
}

/** The outcomes of all scenarios of a run, as the table that is printed at its end. */
export function tableOf(rows: readonly { name: string; outcome: Outcome; up: number }[]): string {
  const head =
    '| scenario | expected | lost | unannounced | doubled | late | local lost | local p99 ms | up again ms |';
  const lines = rows.map(({ name, outcome: o, up }) =>
    [
      '',
      name,
      o.expected,
      o.lost,
      o.unannounced,
      o.doubled,
      o.late,
      o.localLost,
      o.localP99,
      up,
      '',
    ].join(' | '),
  );
  return [head, head.replace(/[^|]+/g, '---'), ...lines.map((line) => line.trim())].join('\n');
}
