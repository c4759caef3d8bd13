import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { TelemetryModule } from 'nestwire/telemetry';
import { closeApps, startApp } from '../e2e/support/app.js';
import { dashboardQueries, metricsIn } from '../support/dashboard.js';
import { ROOT } from '../support/sources.js';
import { TestMetrics } from './support/sdk.js';

afterEach(closeApps);

/** Names of the instruments, whether they have anything to say by now or not. */
async function instruments(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const real = new TestMetrics().provider.getMeter('x');
  const meter = new Proxy(real, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (typeof args[0] === 'string') found.set(args[0], String(key));
        return Reflect.apply(value, target, args);
      };
    },
  });
  await startApp({
    imports: [TelemetryModule.forRoot({ traces: false, meterProvider: { getMeter: () => meter } })],
  });
  return found;
}

/** As the exporter for Prometheus writes them. */
function written(name: string, kind: string): string[] {
  const base = name.replaceAll('.', '_');
  if (kind === 'createHistogram') return ['_bucket', '_count', '_sum'].map((end) => base + end);
  return [kind === 'createObservableCounter' ? `${base}_total` : base];
}

it('asks for metrics that there are, and for all of them', async () => {
  const known = await instruments();
  expect(known.size).toBeGreaterThan(20);
  const names = new Set([...known].flatMap(([name, kind]) => written(name, kind)));
  const queries = dashboardQueries();
  expect(queries.length).toBeGreaterThan(20);
  const asked = queries.flatMap(({ query }) => metricsIn(query));
  expect(asked.filter((name) => !names.has(name))).toEqual([]);
  const left = [...known].filter(
    ([name, kind]) => !written(name, kind).some((one) => asked.includes(one)),
  );
  // What stands in a log, and beside another one.
  expect(left.map(([name]) => name)).toEqual([
    'nestwire.cluster.ignored_messages',
    'nestwire.cluster.outbox.messages',
  ]);
});

it('is what the page lists', async () => {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(nestwire\.[\w.]+)`(?:, `(\.\w+)`)?/gm)].flatMap(
    ([, name = '', other]) => [
      name,
      ...(other === undefined ? [] : [name.replace(/\.\w+$/, other)]),
    ],
  );
  expect(listed.toSorted()).toEqual([...(await instruments()).keys()].toSorted());
});
