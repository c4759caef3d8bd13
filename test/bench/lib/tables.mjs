// Results as Markdown tables.

const digits = (value) => (value < 1 ? 2 : value < 100 ? 1 : 0);
const number = (value) => value.toFixed(digits(Math.abs(value)));
const bytes = (value) => Math.round(value).toLocaleString('en');

/** Rows of cells, padded so that they can be read in a terminal, too. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length), 3));
  const line = (row) =>
    `| ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

function figures(cells, peers, show) {
  const present = peers.filter(({ name }) =>
    cells.some((cell) => cell.results.some((one) => one.peer === name)),
  );
  const rows = cells.map((cell) => [
    cell.title,
    ...present.map(({ name }) => {
      const result = cell.results.find((one) => one.peer === name);
      return result === undefined ? '' : show(result, cell);
    }),
  ]);
  return table([['', ...present.map(({ name }) => name)], ...rows]);
}

const cpuOf = ({ cpu }) => number(cpu);
const isNest = ({ group }) => group === 'nest';

/** Every cell that was run, by kind: time of gateways, time of the others, memory. */
export function resultTables(cells, peers) {
  const parts = [];
  const add = (heading, chosen, show) => {
    if (chosen.length > 0) parts.push(`${heading}\n\n${figures(chosen, peers, show)}`);
  };
  const timed = cells.filter(({ unit }) => unit === 'us');
  add(
    'Microseconds of server CPU per message (a received copy of a broadcast, a connection opened and closed):',
    timed.filter((cell) => !isNest(cell)),
    cpuOf,
  );
  add('Microseconds of server CPU per message, in Nest gateways:', timed.filter(isNest), cpuOf);
  add(
    'Bytes per connection, heap / RSS:',
    cells.filter(({ unit }) => unit === 'bytes'),
    ({ heap, rss }) => `${bytes(heap)} / ${bytes(rss)}`,
  );
  add(
    'Bytes of a compressed reply (each server at its own default level):',
    timed.filter(({ group }) => group === 'deflate'),
    ({ bytes: value }) => bytes(value),
  );
  return parts.join('\n\n');
}

function bound(value, { isDifference }) {
  if (value === undefined) return '';
  return isDifference ? `+${value} B` : `${value.toFixed(2)}x`;
}

const figure = ({ metric }, value) => (metric === 'cpu' ? number(value) : bytes(value));

/** `judged` as `judge` in targets.mjs returns it. */
export function targetTable(judged) {
  const rows = judged.map((target) => [
    `${target.title}${target.metric === 'cpu' ? '' : `: ${target.metric}`}`,
    target.subject,
    figure(target, target.own),
    target.against,
    figure(target, target.other),
    target.isDifference ? `+${bytes(target.value)} B` : `${target.value.toFixed(2)}x`,
    bound(target.least, target),
    bound(target.aim, target),
    target.verdict,
  ]);
  return table([
    ['cell', 'ours', 'figure', 'against', 'figure', 'ratio', 'at least', 'aim', 'verdict'],
    ...rows,
  ]);
}
