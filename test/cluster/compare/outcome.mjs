// What became of all messages of a run.

/** Milliseconds within which a node's own client is on time, and a remote one is not late. */
const ON_TIME = 100;
const LATE = 1_000;
/** Clocks of one machine, and the time between a send and what is noted of it. */
const TOLERANCE = 50;

function percentile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** @param over when the fault was over, in milliseconds since the epoch; undefined without one */
export function outcomeOf(reports, over) {
  const total = { expected: 0, lost: 0, late: 0, doubled: 0, announced: 0 };
  const delays = [];
  let locals = 0;
  let badUntil = over ?? 0;
  for (const publisher of reports) {
    for (const receiver of reports) {
      const arrived = new Map();
      let doubled = 0;
      for (const [from, number, at] of receiver.received) {
        if (from !== publisher.name) continue;
        if (arrived.has(number)) doubled++;
        else arrived.set(number, at);
      }
      if (receiver === publisher) {
        locals += publisher.sent.length;
        for (const [number, at] of arrived) delays.push(at - publisher.sent[number]);
        continue;
      }
      total.expected += publisher.sent.length;
      total.doubled += doubled;
      publisher.sent.forEach((time, number) => {
        const at = arrived.get(number);
        if (at !== undefined && at - time <= LATE) return;
        badUntil = Math.max(badUntil, time);
        if (at !== undefined) {
          total.late++;
          return;
        }
        total.lost++;
        const isAnnounced = receiver.gaps.some(
          ({ since, until }) => since - TOLERANCE <= time && time <= until + TOLERANCE,
        );
        if (isAnnounced) total.announced++;
      });
    }
  }
  return {
    localOnTime: (delays.filter((delay) => delay <= ON_TIME).length / locals) * 100,
    localP99: percentile(delays, 0.99),
    ...total,
    recovery: over === undefined ? undefined : badUntil - over,
    failures: reports.flatMap(({ failures }) => failures),
  };
}
