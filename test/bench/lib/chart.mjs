// One picture of a run: how many times nestwire's CPU a peer needs, cell by cell.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BENCH } from './basics.mjs';

const SHOWN = ['ws', 'ws+bufferutil', 'websocket', 'faye', 'socket.io', 'bun', 'net'];

/** @returns SVG text */
export async function drawChart(cells, peers, subtitle) {
  const require = createRequire(join(BENCH, 'peers/package.json'));
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  const [vega, vegaLite] = await Promise.all([load('vega'), load('vega-lite')]);
  const titles = new Map(peers.map(({ name, title }) => [name, title]));
  const values = cells
    .filter(({ unit }) => unit === 'us')
    .flatMap(({ title, results }) => {
      const own = results.find(({ peer }) => peer === 'engine')?.cpu;
      if (own === undefined) return [];
      return results
        .filter(({ peer }) => SHOWN.includes(peer))
        .map(({ peer, cpu }) => ({ cell: title, peer: titles.get(peer), ratio: cpu / own }));
    });
  const { spec } = vegaLite.compile({
    title: { text: 'CPU per message, as a multiple of what the nestwire engine needs', subtitle },
    data: { values },
    width: 640,
    height: { step: 20 },
    layer: [
      {
        mark: { type: 'rule', color: '#444' },
        encoding: { x: { datum: 1 } },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 0.9 },
        encoding: {
          x: {
            field: 'ratio',
            type: 'quantitative',
            scale: { type: 'log', nice: false, padding: 12 },
            axis: {
              title: 'left of 1: needs less than nestwire; right of 1: needs more',
              tickCount: 10,
            },
          },
          y: { field: 'cell', type: 'nominal', sort: null, axis: { title: null, labelLimit: 400 } },
          color: {
            field: 'peer',
            type: 'nominal',
            sort: SHOWN.map((name) => titles.get(name)),
            scale: { scheme: 'tableau10' },
            legend: { title: null },
          },
          shape: {
            field: 'peer',
            type: 'nominal',
            sort: SHOWN.map((name) => titles.get(name)),
            legend: { title: null },
          },
        },
      },
    ],
    config: { background: 'white', font: 'sans-serif', axisY: { grid: true } },
  });
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}
