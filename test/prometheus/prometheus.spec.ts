import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dashboardQueries } from '../support/dashboard.js';
import { TranslatedSample, type RunningSample } from '../support/running-sample.js';
import { Client } from '../e2e/support/client.js';
import { PrometheusServer } from './support/prometheus-server.js';

let sample: TranslatedSample;
let running: RunningSample;
let prometheus: PrometheusServer;
let floor: string;

beforeAll(async () => {
  process.env['METRICS_PORT'] = '0';
  sample = new TranslatedSample('10-operations');
  running = await sample.run();
  const [, target = ''] = /http:\/\/(127\.0\.0\.1:\d+)\/metrics/.exec(running.said) ?? [];
  floor = `${running.url.replace('http', 'ws')}floor/north`;
  prometheus = await PrometheusServer.start(target);
}, 180_000);

afterAll(async () => {
  await prometheus?.stop();
  await running?.end();
  sample?.remove();
});

/** Asks until the answer is as it should be, for a scrape is a second away. */
async function until(query: string, isSo: (value: number) => boolean): Promise<number> {
  for (;;) {
    const [series] = await prometheus.ask(query);
    const value = Number(series?.value[1]);
    if (isSo(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function ask(client: Client, event: string, data?: unknown): Promise<void> {
  client.send(event, data, 1);
  for (;;) {
    const { event: name, id } = await client.next();
    if (id === 1 || name === 'exception') return;
  }
}

/** A bit of everything: what is quick, slow, wrong, refused, dropped and cut off. */
async function work(): Promise<void> {
  const [one, gone] = [await Client.connect(floor), await Client.connect(floor)];
  for (const event of ['think', 'break', 'nobody knows', 'press', 'press', 'press', 'press']) {
    await ask(one, event);
  }
  await ask(one, 'say', { text: '' });
  await ask(one, 'say', { text: 'hello' });
  gone.socket.terminate();
  const slow = await Client.connect(floor);
  slow.socket.pause();
  for (let n = 0; n < 300; n++) one.send('load', { droppable: true });
  await ask(one, 'think');
  // Not droppable: at the limit it is closed.
  const other = await Client.connect(floor);
  other.socket.pause();
  for (let n = 0; n < 300; n++) one.send('load', {});
  await ask(one, 'think');
  one.socket.close();
  slow.socket.terminate();
  other.socket.terminate();
}

describe('a Prometheus that scrapes the sample', () => {
  it('knows how many connections there are', async () => {
    const connections = 'sum(nestwire_server_active_connections)';
    const clients = [await Client.connect(floor), await Client.connect(floor)];
    expect(await until(connections, (value) => value === 2)).toBe(2);
    clients[0]!.socket.close();
    expect(await until(connections, (value) => value === 1)).toBe(1);
    clients[1]!.socket.close();
    await until(connections, (value) => value === 0);
  });

  it('answers PromQL: rates, quantiles and ends', async () => {
    await work();
    const think = 'nestwire_event="think"';
    const count = `sum(nestwire_server_handled_messages_total{${think}})`;
    await until(count, (value) => value === 3);
    const p50 = `histogram_quantile(0.5, sum by (le) (nestwire_server_message_duration_bucket{${think}}))`;
    const [median] = await prometheus.ask(p50);
    // It waits for 250 ms, and the bucket ends at 500.
    expect(Number(median?.value[1])).toBeGreaterThan(0.1);
    const ends = await prometheus.ask(
      'sum by (nestwire_connection_status) (nestwire_server_connection_duration_count)',
    );
    const statuses = ends.map(({ metric }) => metric['nestwire_connection_status']);
    expect(statuses).toContain('lost');
    const labels = await prometheus.ask('{__name__=~"nestwire_.+"}');
    const values = new Set(labels.flatMap(({ metric }) => Object.values(metric)));
    expect([...values].filter((value) => /nobody knows|north/.test(value))).toEqual([]);
  });

  it.each(dashboardQueries())('has data for the panel $panel: $query', async ({ query }) => {
    // A rate takes two scrapes, and work between them.
    for (let round = 0; round < 3; round++) {
      const answer = await prometheus.ask(query);
      if (answer.some(({ value }) => Number.isFinite(Number(value[1])))) return;
      await work();
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    }
    const answer = await prometheus.ask(query);
    expect(answer.filter(({ value }) => Number.isFinite(Number(value[1])))).not.toEqual([]);
  });
});
