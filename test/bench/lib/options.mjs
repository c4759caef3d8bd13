import { parseArgs } from 'node:util';
import { CELLS } from './cells.mjs';
import { stop } from './basics.mjs';

export const USAGE = `npm run bench -- [options]

  --cells a,b       only these cells or groups of cells; --list names them
  --peers a,b       only these servers
  --rounds n        how often every server is measured in a cell; default 3
  --window ms       how long each time; default 500
  --warm-up ms      before each time; default 250
  --growth          CPU per message and memory by the number of connections instead
  --profile         a CPU profile of every server instead of figures (Node only)
  --against folder  also nestwire as built in another checkout, named engine@other and so on
  --node program    also nestwire on another version of Node, named engine@node and so on
  --list            names cells, groups and servers

A run of everything writes docs/bench; a part of it only prints.`;

function whole(value, name, fallback, least, most) {
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= least && parsed <= most) return parsed;
  return stop(`--${name} is ${value}, allowed are whole numbers from ${least} to ${most}`);
}

/** Those of `all` that `names` picks by name or group. */
export function choose(all, names, what, namesOf) {
  if (names === undefined) return all;
  const wanted = names.split(',');
  const unknown = wanted.find((name) => !all.some((one) => namesOf(one).includes(name)));
  if (unknown !== undefined) stop(`there is no ${what} ${unknown}; --list names them`);
  return all.filter((one) => namesOf(one).some((name) => wanted.includes(name)));
}

export function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        cells: { type: 'string' },
        peers: { type: 'string' },
        rounds: { type: 'string' },
        window: { type: 'string' },
        'warm-up': { type: 'string' },
        against: { type: 'string' },
        node: { type: 'string' },
        growth: { type: 'boolean' },
        profile: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    stop(`${error.message}\n\n${USAGE}`);
  }
  return {
    ...values,
    cells: choose(CELLS, values.cells, 'cell', ({ id, group }) => [id, group]),
    isPart: values.cells !== undefined || values.peers !== undefined,
    settings: {
      rounds: whole(values.rounds, 'rounds', 3, 1, 50),
      window: whole(values.window, 'window', 500, 50, 60_000),
      warmUp: whole(values['warm-up'], 'warm-up', 250, 0, 60_000),
    },
  };
}
