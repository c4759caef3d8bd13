import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { empty } from './support/footprint.js';
import { kindsOf } from './support/kinds.js';
import { startLeakServer, stopLeakServer, type LeakServer } from './support/leak-server.js';
import { chart, settledSamples, slope, soak, writeSvg } from './support/soak.js';

/** `npm run soak -- --minutes 30`; as one of many tests it is a few seconds. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 0.05);
const SEED = Number(process.env['SOAK_SEED'] ?? 1);
const LONG = process.env['SOAK_MINUTES'] !== undefined;
/** MiB an hour: what a run of half an hour can tell from none; shorter ones cannot tell as much. */
const MOST = MINUTES < 10 ? Infinity : 30 / MINUTES;

describe('a server that clients come to and leave', () => {
  let server: LeakServer;
  beforeAll(async () => {
    server = await startLeakServer(0);
  });
  afterAll(stopLeakServer);

  it(
    `holds no more after ${MINUTES} minutes than before`,
    async () => {
      const kinds = kindsOf(500).filter(({ pinged }) => pinged !== true);
      const { connections, samples } = await soak(kinds, server, MINUTES, SEED);
      await empty(server);
      const settled = settledSamples(samples);
      if (LONG) {
        const lines = [
          `${connections} connections in ${MINUTES} minutes`,
          chart(samples, 'rss'),
          chart(samples, 'heap'),
          `After the warm-up: RSS ${slope(settled, 'rss').toFixed(2)} MiB/h, heap ${slope(settled, 'heap').toFixed(2)} MiB/h`,
          writeSvg(samples),
        ];
        process.stdout.write(`\n${lines.join('\n')}\n`);
      }
      expect(connections).toBeGreaterThan(30);
      expect(samples.length).toBeGreaterThan(0);
      expect(slope(settled, 'heap')).toBeLessThan(MOST);
    },
    MINUTES * 60_000 + 120_000,
  );

  it('is judged by a slope that grows where memory does', () => {
    const growing = Array.from({ length: 10 }, (_, minutes) => ({
      minutes,
      rss: minutes,
      heap: 5,
    }));
    expect(slope(growing, 'rss')).toBeCloseTo(60);
    expect(slope(growing, 'heap')).toBe(0);
  });
});
