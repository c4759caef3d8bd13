import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Hub,
  OnMessage,
  WsGateway,
  type SlowConsumer,
  type WsGatewayOptions,
  type WsModuleOptions,
} from 'nestwire';
import { closeApps, startApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';

afterEach(closeApps);

const KIB = 1024;

/** A client that reads nothing until it is told to, of a hub that sends it more than it may wait. */
async function flooded(
  options: WsModuleOptions,
  send: (hub: Hub, n: number) => void,
  count = 400,
  own: WsGatewayOptions = {},
) {
  const told: SlowConsumer[] = [];
  @WsGateway({ path: '/feed', ...own })
  class FeedGateway {
    @OnMessage('ask')
    ask(): string {
      return 'answer';
    }
  }
  const { app, url } = await startApp({
    providers: [FeedGateway],
    options: { onSlowConsumer: (info) => void told.push(info), ...options },
  });
  const hub = app.get(Hub);
  const client = await Client.connect(`${url}/feed`);
  client.socket.pause();
  for (let n = 0; n < count; n++) {
    send(hub, n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { hub, client, told };
}

const blob = 'x'.repeat(64 * KIB);

function sendBlob(hub: Hub, n: number): void {
  hub.broadcaster.toAll().send('blob', { n, blob });
}

describe('a client that does not read', () => {
  it('is closed with 1013 at the limit by default, and the application is told', async () => {
    const { hub, client, told } = await flooded({}, sendBlob);
    expect(hub.registry.size).toBeLessThanOrEqual(1);
    expect(told).toMatchObject([{ action: 'closed', limit: 'queue' }]);
    expect(hub.stats.slowConsumers.closed.queue).toBe(1);
    client.socket.resume();
    expect((await client.closed).code).toBe(1013);
  });

  it('closeOnBackpressureLimit: false drops the new ones instead; what arrives is in order', async () => {
    const { hub, client, told } = await flooded(
      { closeOnBackpressureLimit: false, maxBackpressure: 256 * KIB },
      sendBlob,
    );
    const dropped = hub.stats.slowConsumers.dropped['drop-new'];
    expect(dropped).toBeGreaterThan(100);
    expect(told).toMatchObject([{ action: 'dropped' }]);
    client.socket.resume();
    // An answer is never dropped; it comes behind what waits.
    client.send('ask', null, 1);
    const seen: number[] = [];
    for (;;) {
      const frame = await client.next();
      if (frame.event === 'ask') break;
      seen.push((frame.data as { n: number }).n);
    }
    expect(seen).toEqual(Array.from({ length: 400 - dropped }, (_, n) => n));
  });

  it("has its gateway's limit, under either name, and not the module's", async () => {
    const roomy = 64 * 1024 * KIB;
    for (const own of [{ maxBackpressure: roomy }, { limits: { sendHardLimit: roomy } }]) {
      const { hub, told } = await flooded({ maxBackpressure: 64 * KIB }, sendBlob, 300, own);
      expect(told).toEqual([]);
      expect(hub.registry.size).toBe(1);
    }
  });

  it('gets the newest value of each key with latest, whatever it has missed', async () => {
    const { client } = await flooded({}, (one, n) => {
      for (const key of ['AAPL', 'MSFT']) {
        one.broadcaster.toAll().send('price', { key, n, blob }, { policy: 'latest', key });
      }
    });
    client.socket.resume();
    client.send('ask', null, 1);
    const newest = new Map<string, number>();
    for (;;) {
      const frame = await client.next();
      if (frame.event === 'ask') break;
      const { key, n } = frame.data as { key: string; n: number };
      expect(n).toBeGreaterThan(newest.get(key) ?? -1);
      newest.set(key, n);
    }
    expect(Object.fromEntries(newest)).toEqual({ AAPL: 399, MSFT: 399 });
  });
});

describe('a client that is gone, with a full queue before it', () => {
  it.each(['drop-new', 'drop-old', 'latest', 'volatile'] as const)(
    'is noticed by the first ping, not by the second: %s',
    async (policy) => {
      const begun = performance.now();
      const limits = {
        pingInterval: 1_500,
        pongTimeout: 300,
        sendStallTimeout: 0,
        sendHardLimit: 256 * KIB,
      };
      const { hub, client } = await flooded(
        { limits },
        (one, n) => one.broadcaster.toAll().send('blob', { n, blob }, { policy, key: String(n) }),
        100,
      );
      expect(hub.registry.size).toBe(1);
      while (hub.registry.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(performance.now() - begun).toBeLessThan(2 * limits.pingInterval);
      client.socket.terminate();
    },
  );
});

describe('latency of a connection', () => {
  it('is known once the first ping was answered', async () => {
    const { app, url } = await startApp({
      providers: [
        (() => {
          @WsGateway('/beat')
          class BeatGateway {}
          return BeatGateway;
        })(),
      ],
      options: { limits: { pingInterval: 50 } },
    });
    const client = await Client.connect(`${url}/beat`);
    const [connection] = app.get(Hub).registry;
    expect(connection?.latency).toBe(-1);
    await new Promise((resolve) => client.socket.once('ping', resolve));
    const latency = (): number => connection?.latency ?? -1;
    while (latency() === -1) await new Promise((resolve) => setImmediate(resolve));
    expect(latency()).toBeGreaterThanOrEqual(0);
    expect(latency()).toBeLessThan(5_000);
  });
});
