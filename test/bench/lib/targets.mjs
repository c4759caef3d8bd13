// What nestwire has to reach: a ratio says how many times as much a peer needs. `least` is the
// promise, `aim` the hope; one of them may be missing.
const row = (cell, against, least, aim, extra = {}) => ({
  cell,
  against,
  least,
  aim,
  metric: 'cpu',
  subject: 'engine',
  ...extra,
});

// Not behind: differences under 10 % mean nothing.
const LEVEL = 0.9;

export const TARGETS = [
  row('text-64', 'ws', 1.2, 1.45),
  row('text-64', 'net', 1 / 1.1, 1),
  row('text-1k', 'ws', 1.4, 1.7),
  row('text-1k', 'net', 1 / 1.1, 1),
  row('text-16k', 'ws', 2, 3.5),
  row('text-16k', 'ws+bufferutil', LEVEL),
  row('text-16k', 'bun', undefined, LEVEL),
  row('binary-16k', 'ws', 2, 5),
  row('binary-16k', 'ws+bufferutil', LEVEL),
  row('binary-16k', 'bun', undefined, LEVEL),
  row('text-1m', 'ws', 2.8, 3.7),
  row('text-1m', 'ws+bufferutil', LEVEL),
  row('text-1m', 'bun', undefined, LEVEL),
  row('binary-1m', 'ws', 2.8, 5),
  row('binary-1m', 'ws+bufferutil', LEVEL),
  row('binary-1m', 'bun', undefined, LEVEL),
  row('pipelined-64', 'ws', 14, 17),
  row('pipelined-64', 'bun', undefined, LEVEL),
  row('pipelined-1k', 'ws', 8, 11),
  row('pipelined-1k', 'bun', undefined, LEVEL),
  row('broadcast-4', 'ws', 3, 3.7),
  row('broadcast-1', 'ws', 1.2, 1.3),
  row('deflate-broadcast', 'ws', 15, 20),
  row('deflate-broadcast', 'bun', 2, 4),
  row('deflate-64', 'ws', 5, 6),
  row('deflate-1k', 'ws', 4, 5),
  row('deflate-16k', 'ws', 1, 2),
  row('connect', 'ws', 1.4, 1.6),
  row('idle', 'ws', 1 / 0.55, undefined, { metric: 'heap' }),
  row('idle', 'ws', 1 / 0.87, undefined, { metric: 'rss' }),
  // Raw net and 200 bytes: a difference, not a ratio.
  row('idle', 'net', undefined, 200, { metric: 'heap', isDifference: true }),
  row('memory-deflate', 'ws', 15, undefined, { metric: 'rss' }),
  row('nest-json', 'platform-ws', 4, 9, { subject: 'nest' }),
  row('nest-json', 'platform-ws-guarded', 2, 4, { subject: 'nest-guarded' }),
];

/**
 * The targets with what was measured, for those whose cell and peers were.
 * @returns `{ ...target, title, unit, value, verdict }`, verdict 'aim', 'least' or 'missed'
 */
export function judge(cells, targets = TARGETS) {
  return targets.flatMap((target) => {
    const cell = cells.find(({ id }) => id === target.cell);
    const figure = (peer) => cell?.results.find((one) => one.peer === peer)?.[target.metric];
    const own = figure(target.subject);
    const other = figure(target.against);
    if (own === undefined || other === undefined) return [];
    const value = target.isDifference ? own - other : other / own;
    return [{ ...target, title: cell.title, own, other, value, verdict: verdict(target, value) }];
  });
}

function verdict({ least, aim, isDifference }, value) {
  const reaches = (bound) => (isDifference ? value <= bound : value >= bound);
  if (aim !== undefined && reaches(aim)) return 'aim';
  if (least === undefined) return 'short of aim';
  if (!reaches(least)) return 'missed';
  return aim === undefined ? 'met' : 'least';
}
