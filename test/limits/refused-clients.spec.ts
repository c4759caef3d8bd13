// Clients that are refused in frames and do not leave.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { Hub, OnMessage, VerifyClient, WsGateway } from 'nestwire';
import { RawPeer, closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeApps, startApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';

afterEach(async () => {
  await closeRawPeers();
  await closeApps();
});

@WsGateway('/')
class Closed {
  @VerifyClient()
  verify({ protocols }: { protocols: readonly string[] }): boolean {
    return !protocols.includes('nestwire.1');
  }

  @OnMessage('echo')
  echo(): string {
    return 'echo';
  }
}

it('3,000 of one address: some get frames, the rest HTTP, others are let in, and all are gone in seconds', async () => {
  const { app, port, url } = await startApp({ providers: [Closed] });
  const hub = app.get(Hub);
  const head = { headers: { 'Sec-WebSocket-Protocol': 'nestwire.1' } };
  const statuses = new Map<number, number>();
  const peers: RawPeer[] = [];
  const healthy = await Client.connect(url);
  let slowest = 0;
  let mostPending = 0;
  const flood = { isOn: true };
  const echoing = (async () => {
    while (flood.isOn) {
      const begin = performance.now();
      await healthy.ask('echo');
      slowest = Math.max(slowest, performance.now() - begin);
      mostPending = Math.max(mostPending, hub.stats.connections.pending);
      await pause(5);
    }
  })();
  for (let round = 0; round < 60; round++) {
    const batch = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const peer = await RawPeer.upgrade(port, head);
        const { status } = await peer.readHead();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        peer.write(Buffer.alloc(1_000, 1));
        return peer;
      }),
    );
    peers.push(...batch);
  }
  // Whoever is let in is so all the while.
  await (await Client.connect(url)).close();
  flood.isOn = false;
  await echoing;
  expect(statuses.get(101)).toBeGreaterThan(100);
  expect((statuses.get(101) ?? 0) + (statuses.get(403) ?? 0)).toBe(3_000);
  expect(mostPending).toBeLessThanOrEqual(1_050);
  // Both ends are in this process, and connecting 50 at a time is most of it.
  expect(slowest).toBeLessThan(1_000);
  const begin = performance.now();
  while (hub.stats.connections.pending > 0) await pause(10);
  expect(performance.now() - begin).toBeLessThan(4_000);
  await healthy.close();
  while (!hub.limits.idle) await pause(5);
}, 60_000);
