import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from 'nestwire/engine';
import { closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { MIB, client, flood, openDeaf, repeated, roundTrips } from './support/attacker.js';
import { EchoProcess, stopProcesses } from './support/echo-process.js';

afterEach(async () => {
  await closeRawPeers();
  await stopProcesses();
});

describe('peers that do not read', () => {
  it('A6. and flood pings are closed with 1008, or get the newest pong only', async () => {
    const attack = repeated(client({ opcode: 9, payload: Buffer.alloc(125) }), 80_000);
    for (const limits of [{}, { maxPendingAutoPongs: 0 }]) {
      const server = await EchoProcess.launch({ ...limits, closeTimeout: 100 });
      const deaf = await Promise.all([1, 2, 3].map(() => openDeaf(server.port)));
      await server.until(({ connections }) => connections === 3);
      for (const socket of deaf) socket.pause();
      const flooding = Promise.all(deaf.map((socket) => flood(socket, attack)));
      if ('maxPendingAutoPongs' in limits) await flooding;
      else await server.until(({ connections }) => connections === 0);
      const { held, errors } = await server.stats();
      expect(errors).toEqual([]);
      expect(held - server.start.held).toBeLessThan(10 * MIB);
      for (const socket of deaf) socket.destroy();
      await flooding;
    }
  });

  it('A7. and are echoed to are closed with 1013 at the limit of their queue', async () => {
    const { sendHardLimit, maxQueuedMessages } = DEFAULT_LIMITS;
    const server = await EchoProcess.launch({
      sendHardLimit,
      maxQueuedMessages,
      closeTimeout: 200,
    });
    const deaf = await Promise.all([1, 2, 3, 4].map(() => openDeaf(server.port)));
    await server.until(({ connections }) => connections === 4);
    for (const socket of deaf) socket.pause();
    const attack = repeated(client({ opcode: 2, payload: Buffer.alloc(1_024) }), 30_000);
    const flooding = Promise.all(deaf.map((socket) => flood(socket, attack)));
    const times = await roundTrips(server.port, flooding);
    const { closes, errors, peak, messages } = await server.until(
      ({ connections }) => connections === 0,
    );
    // Beside the well-behaved client, which has left by itself.
    const refused = closes.filter((code) => code !== 1006);
    expect([refused, errors]).toEqual([[1013, 1013, 1013, 1013], []]);
    // All of it would be 4 x 30,000 messages.
    expect(messages).toBeLessThan(4 * 30_000);
    expect(peak - server.start.peak).toBeLessThan(4 * sendHardLimit + 40 * MIB);
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(250);
    for (const socket of deaf) socket.destroy();
  });

  it('A8. and are pushed to are closed when they take nothing for some time', async () => {
    const server = await EchoProcess.launch({
      push: 64 * 1_024,
      sendStallTimeout: 300,
      sendStallBytes: 0,
    });
    const deaf = await Promise.all([1, 2, 3].map(() => openDeaf(server.port)));
    for (const socket of deaf) socket.pause();
    await server.until(({ connections }) => connections === 3);
    const begin = performance.now();
    const { closes, errors } = await server.until(({ connections }) => connections === 0);
    // Some 100 messages fill the buffers of the operating system, then 300 ms pass.
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect([closes, errors]).toEqual([[1013, 1013, 1013], []]);
    for (const socket of deaf) socket.destroy();
  });

  it('A8. are closed with 1013 when all queues together take too much of the heap', async () => {
    const server = await EchoProcess.launch({ push: 256 * 1_024, closeTimeout: 100 }, 64);
    const deaf = await Promise.all(Array.from({ length: 8 }, () => openDeaf(server.port)));
    for (const socket of deaf) socket.pause();
    await server.until(({ connections }) => connections === 8);
    // No limit of their own, as in ws: the budget of the process is what is left.
    const { closes, errors } = await server.until((stats) => stats.closes.length >= 4);
    expect([new Set(closes), errors]).toEqual([new Set([1013]), []]);
    for (const socket of deaf) socket.destroy();
  });

  it('A8. are closed before the frames of small echoes fill the heap', async () => {
    const server = await EchoProcess.launch({ closeTimeout: 100 }, 32);
    const deaf = await Promise.all(Array.from({ length: 3 }, () => openDeaf(server.port)));
    await server.until(({ connections }) => connections === 3);
    for (const socket of deaf) socket.pause();
    const attack = repeated(client({ opcode: 2, payload: Buffer.alloc(8) }), 1_000_000);
    await Promise.all(deaf.map((socket) => flood(socket, attack)));
    const { closes, errors } = await server.until((stats) => stats.closes.length > 0);
    expect([new Set(closes), errors]).toEqual([new Set([1013]), []]);
    for (const socket of deaf) socket.destroy();
  });
});

describe('peers that are gone without a word', () => {
  it('A26. are noticed within the ping interval and the pong timeout, as 1006', async () => {
    const server = await EchoProcess.launch({ pingInterval: 150, pongTimeout: 150 });
    const frozen = await openDeaf(server.port);
    await server.until(({ connections }) => connections === 1);
    const begin = performance.now();
    const { closes } = await server.until(({ connections }) => connections === 0);
    expect(closes).toEqual([1006]);
    expect(performance.now() - begin).toBeLessThan(3_000);
    frozen.destroy();
  });

  it('A26. are told from those that answer', async () => {
    const server = await EchoProcess.launch({ pingInterval: 50, pongTimeout: 100 });
    const alive = await openDeaf(server.port);
    alive.on('data', () => alive.write(client({ opcode: 10 })));
    // There is no event for a connection that is left alone.
    await delay(500);
    expect((await server.stats()).connections).toBe(1);
    alive.destroy();
  });
});
