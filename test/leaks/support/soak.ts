import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../support/random.js';
import { ROOT } from '../../support/sources.js';
import { footprint } from './footprint.js';
import type { Kind } from './kinds.js';
import type { LeakServer } from './leak-server.js';

/** What was held at a time. */
export interface Sample {
  /** Since the start. */
  readonly minutes: number;
  /** MiB. */
  readonly rss: number;
  readonly heap: number;
}

export interface Soak {
  readonly connections: number;
  readonly samples: readonly Sample[];
}

/** The part of a run in which memory still finds its size. */
const WARM_UP = 1 / 3;
/** Connections at a time. */
const PARALLEL = 30;

/** Connections of all kinds come and go, and from time to time it is looked what is held. */
export async function soak(
  kinds: readonly Kind[],
  server: LeakServer,
  minutes: number,
  seed: number,
): Promise<Soak> {
  const random = new Random(seed);
  const samples: Sample[] = [];
  const start = performance.now();
  const passed = () => (performance.now() - start) / 60_000;
  let connections = 0;
  const worker = async (): Promise<void> => {
    while (passed() < minutes) {
      await random.pick(kinds).run(server.port, ++connections);
      // Some at a time, as clients come, so that the machine has time to spare.
      await new Promise((resolve) => setTimeout(resolve, random.below(200)));
    }
  };
  const every = Math.max(0.02, minutes / 120);
  const observer = async (): Promise<void> => {
    while (passed() < minutes) {
      await new Promise((resolve) => setTimeout(resolve, every * 60_000));
      const { rss, heap } = await footprint(server);
      samples.push({ minutes: passed(), rss, heap });
    }
  };
  await Promise.all([observer(), ...Array.from({ length: PARALLEL }, worker)]);
  return { connections, samples };
}

/** The samples behind the warm-up. */
export function settledSamples(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.floor(samples.length * WARM_UP));
}

/** MiB in an hour, by least squares. */
export function slope(samples: readonly Sample[], of: 'rss' | 'heap'): number {
  const x = mean(samples.map(({ minutes }) => minutes));
  const y = mean(samples.map((sample) => sample[of]));
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.minutes - x) * (sample[of] - y);
    below += (sample.minutes - x) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** A chart of text, rows of MiB over time. */
export function chart(samples: readonly Sample[], of: 'rss' | 'heap', rows = 12): string {
  const values = samples.map((sample) => sample[of]);
  const least = Math.min(...values);
  const step = Math.max((Math.max(...values) - least) / (rows - 1), 1e-6);
  const lines: string[] = [];
  for (let row = rows - 1; row >= 0; row--) {
    const dots = values.map((value) => (Math.round((value - least) / step) === row ? '•' : ' '));
    lines.push(`${(least + row * step).toFixed(1).padStart(8)} │${dots.join('')}`);
  }
  const last = samples.at(-1)?.minutes ?? 0;
  return [
    `${of}, MiB`,
    ...lines,
    `${' '.repeat(9)}└${'─'.repeat(values.length)} ${last.toFixed(1)} min`,
  ].join('\n');
}

/** The same as a file. @returns where it is */
export function writeSvg(samples: readonly Sample[]): string {
  const width = 800;
  const height = 300;
  const most = Math.max(...samples.map(({ rss }) => rss)) * 1.1;
  const last = samples.at(-1)?.minutes ?? 1;
  const line = (of: 'rss' | 'heap', color: string): string => {
    const points = samples.map((sample) => {
      const x = (sample.minutes / last) * width;
      return `${x.toFixed(1)},${(height - (sample[of] / most) * height).toFixed(1)}`;
    });
    return `<polyline fill="none" stroke="${color}" points="${points.join(' ')}"/>`;
  };
  const label = `RSS (blue) and heap (red), 0 to ${most.toFixed(0)} MiB in ${last.toFixed(0)} minutes`;
  const folder = join(ROOT, 'test-results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'soak.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${line('rss', 'steelblue')}${line('heap', 'firebrick')}<text x="8" y="20" font-family="sans-serif" font-size="14">${label}</text></svg>\n`,
  );
  return 'test-results/soak.svg';
}
