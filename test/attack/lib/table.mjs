// What was measured, as lines of text.

const number = (value) =>
  typeof value !== 'number' ? String(value) : value.toFixed(Math.abs(value) < 10 ? 1 : 0);
const figure = (value, unit = '') => (value === undefined ? '-' : `${number(value)}${unit}`);

const COLUMNS = [
  ['row', 4, ({ row }) => row],
  ['on', 7, ({ impl }) => impl],
  ['', 5, ({ verdict }) => verdict],
  ['p50/p99 ms', 12, ({ echoes }) => `${figure(echoes?.p50)} / ${figure(echoes?.p99)}`],
  ['calm p99', 9, ({ calm }) => figure(calm?.p99)],
  ['shake p99', 10, ({ handshakes }) => figure(handshakes?.p99)],
  ['peak', 8, ({ peak }) => figure(peak, ' MB')],
  ['left', 8, ({ left }) => figure(left, ' MB')],
  ['CPU ms', 7, ({ cpu }) => figure(cpu)],
];

const line = (cells) =>
  cells
    .map((cell, index) => cell.padEnd(COLUMNS[index][1]))
    .join(' ')
    .trimEnd();

export const heading = () => line(COLUMNS.map(([name]) => name));

/** One row, with what does not hold below it. */
export function lines(result) {
  const first = line(COLUMNS.map(([, , of]) => of(result)));
  const shown = result.checks.filter(({ holds, what }) => !holds || !EVERY.has(what));
  return [
    `${first}  ${result.title}`,
    ...shown.map(
      ({ what, found, allowed, unit, holds }) =>
        `     ${holds ? ' ' : '!'} ${what}: ${number(found)} ${unit}, ${typeof allowed === 'string' ? 'must be ' : ''}${allowed}`,
    ),
  ];
}

/** Checks of criterion G, of which only those are told that do not hold. */
const EVERY = new Set([
  'peak RSS',
  'lost',
  'healthy closed',
  'uncaught',
  'connections left',
  'RSS left',
  'Object.prototype',
  'p99',
  'handshake p99',
]);
