import { parseArgs } from 'node:util';
import { IDS } from '../rows/index.mjs';

export const IMPLS = ['ws-api', 'engine', 'nest', 'ws'];

export const USAGE = `npm run attack -- [options]

  --only A1,A7      only these rows: ${IDS[0]} to ${IDS.at(-1)}
  --impl a,b        what is attacked; default ws-api and nest
                    ws-api   the engine under the API of ws, with its defaults
                    engine   the engine by itself
                    nest     a gateway, with the defaults of the module
                    ws       the package ws, as it is installed here
  --http2           all of it over HTTP/2 (RFC 8441), and the rows that only HTTP/2 has; not of ws
  --quick           only the rows that take no idle machine, by counts and memory alone
  --json file       the results as JSON; - for standard output, without the table
  --build folder    another build than dist/ of this repository

A row passes, fails, or is called busy: only its times are too long, and they were half as long before
the attack. The exit code is 1 when a row fails, except rows of ws.`;

/** Ends the bench with a sentence. */
export function stop(reason) {
  console.error(`Cannot finish the attack: ${reason}`);
  process.exit(2);
}

function chosen(names, all, what) {
  const wanted = names.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined)
    stop(`there is no ${what} "${unknown}", allowed are ${all.join(', ')}`);
  return all.filter((name) => wanted.includes(name));
}

export function readOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        only: { type: 'string' },
        impl: { type: 'string', default: 'ws-api,nest' },
        http2: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        build: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    stop(`${error.message}\n\n${USAGE}`);
  }
  const impls = chosen(values.impl, IMPLS, 'implementation');
  if (values.http2 && impls.includes('ws')) stop('ws does not speak HTTP/2');
  return {
    ...values,
    ids: values.only === undefined ? IDS : chosen(values.only.toUpperCase(), IDS, 'row'),
    impls,
  };
}
