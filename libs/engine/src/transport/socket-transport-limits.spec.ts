import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openOnSlowDuplex, openTransport } from '../testing-fixtures/open-transport.js';
import { rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { closeSocketPairs } from '../testing-fixtures/socket-pair.js';
import { PreparedMessage } from '../sending/prepared-message.js';
import { SendResult } from '../sending/send-result.js';

const KIB = 1024;

afterEach(closeSocketPairs);

describe('a peer that reads slowly', () => {
  it('lets messages be queued, and onDrain tells when the queue is empty again', async () => {
    const { transport, socket, listener } = openOnSlowDuplex({ sendSoftMark: 100 });
    socket.block();
    expect(transport.sendText('x'.repeat(50))).toBe(SendResult.Sent);
    await turn();
    expect(transport.sendText('x'.repeat(50))).toBe(SendResult.Queued);
    expect(transport.bufferedAmount).toBe(104);
    socket.unblock();
    await turn();
    expect(transport.bufferedAmount).toBe(0);
    expect(listener.names).toEqual(['drain']);
    socket.destroy();
  });

  it('causes no onDrain below the soft mark', async () => {
    const { transport, socket, listener } = openOnSlowDuplex({ sendSoftMark: 105 });
    socket.block();
    transport.sendText('x'.repeat(50));
    await turn();
    transport.sendText('x'.repeat(50));
    socket.unblock();
    await turn();
    expect(listener.names).toEqual([]);
    socket.destroy();
  });

  it('is closed 1013 above the hard limit, with no frame cut in two', async () => {
    const { transport, listener, peer, far } = await openTransport({ sendHardLimit: 500 * KIB });
    far.pause();
    const payload = Buffer.alloc(100 * KIB, 7);
    let result: SendResult = SendResult.Sent;
    let sent = 0;
    while (result !== SendResult.Closed) {
      result = transport.sendPrepared(PreparedMessage.binary(payload));
      expect(transport.bufferedAmount).toBeLessThan(800 * KIB);
      if (++sent % 5 === 0) await turn();
    }
    expect(listener.errorCodes).toEqual(['WS_ERR_SEND_QUEUE_FULL']);
    expect(transport.sendText('x')).toBe(SendResult.Closed);
    far.resume();
    const frames = await peer.framesToEnd();
    expect(frames.length).toBeLessThan(sent);
    expect(frames.pop()).toMatchObject({ opcode: 8 });
    for (const frame of frames) expect(frame.payload.length).toBe(payload.length);
    peer.end();
    expect(await listener.closed()).toEqual({ code: 1013, reason: '', wasClean: false });
  });

  it('does not have the message above the hard limit counted as sent once it reads', async () => {
    const { transport, socket } = openOnSlowDuplex({ sendHardLimit: 150 });
    socket.block();
    const told: unknown[] = [];
    for (const text of ['taken', 'waits', 'too much']) {
      transport.sendText(text.repeat(20));
      transport.afterSent((error) => told.push([text, error && 'code' in error && error.code]));
      await turn();
    }
    socket.unblock();
    await turn();
    expect(new Map(told as [string, unknown][])).toEqual(
      new Map<string, unknown>([
        ['taken', undefined],
        ['waits', 'WS_ERR_SEND_QUEUE_FULL'],
        ['too much', 'WS_ERR_CONNECTION_CLOSED'],
      ]),
    );
    socket.destroy();
  });

  it('is closed 1013 above the number of messages', async () => {
    const { transport, socket, listener, sent } = openOnSlowDuplex({ maxQueuedMessages: 3 });
    socket.block();
    transport.sendText('leaves');
    await turn();
    const results = Array.from({ length: 4 }, () => transport.sendText('waits'));
    expect(results).toEqual([1, 1, 1, 3]);
    socket.unblock();
    await turn();
    expect(sent().map(({ opcode }) => opcode)).toEqual([1, 8]);
    expect(sent()[1]!.payload.subarray(0, 2)).toEqual(rawClosePayload(1013));
    socket.push(null);
    expect((await listener.closed()).code).toBe(1013);
  });

  it('may be sent one message above the limit when nothing else waits', async () => {
    const { transport, socket } = openOnSlowDuplex({ sendHardLimit: 100 });
    socket.block();
    transport.sendText('x');
    await turn();
    expect(transport.sendText('x'.repeat(1000))).toBe(SendResult.Queued);
    expect(transport.sendText('x')).toBe(SendResult.Closed);
    socket.destroy();
  });

  it('is not limited where the limits are 0', async () => {
    const { transport, socket } = openOnSlowDuplex({ sendHardLimit: 0, maxQueuedMessages: 0 });
    socket.block();
    transport.sendText('x');
    await turn();
    for (let index = 0; index < 3000; index++) {
      expect(transport.sendText('x'.repeat(KIB))).toBe(SendResult.Queued);
    }
    socket.destroy();
  });

  it('gets the newest pong only, once it reads (5.5.3)', async () => {
    const { transport, socket, receive, sent } = openOnSlowDuplex();
    socket.block();
    transport.sendText('x');
    await turn();
    for (let index = 0; index < 50; index++) receive({ opcode: 9, payload: `${index}` });
    expect(transport.bufferedAmount).toBe(3);
    socket.unblock();
    await turn();
    expect(sent().map(({ payload }) => payload.toString())).toEqual(['x', '49']);
    socket.destroy();
  });

  it('is closed 1008 for more unanswered pings than allowed', async () => {
    const { transport, socket, listener, receive } = openOnSlowDuplex({ maxPendingAutoPongs: 2 });
    socket.block();
    transport.sendText('x');
    await turn();
    receive({ opcode: 9 }, { opcode: 9 });
    expect(listener.errorCodes).toEqual([]);
    receive({ opcode: 9 });
    expect(listener.errorCodes).toEqual(['WS_ERR_TOO_MANY_PENDING_PONGS']);
    socket.destroy();
    expect((await listener.closed()).code).toBe(1008);
  });

  it('is destroyed when it takes nothing for too long', async () => {
    const { transport, listener, far } = await openTransport({
      sendStallTimeout: 60,
      sendHardLimit: 0,
      maxQueuedMessages: 0,
    });
    far.pause();
    const message = PreparedMessage.binary(Buffer.alloc(256 * KIB));
    // Two hundred wait here when the buffers of the operating system are full.
    while (transport.bufferedAmount < 50_000 * KIB) transport.sendPrepared(message);
    expect(await listener.closed()).toEqual({ code: 1013, reason: '', wasClean: false });
    expect(listener.names).toEqual(['error', 'close']);
    expect(listener.errorCodes).toEqual(['WS_ERR_SEND_STALLED']);
  });
});

describe('the times of a connection', () => {
  it('ping a peer, which lives as long as it answers', async () => {
    const { transport, listener, peer } = await openTransport({
      pingInterval: 20,
      pongTimeout: 5000,
    });
    for (let pings = 1; pings <= 4; pings++) {
      expect((await peer.frames(pings)).at(-1)!.opcode).toBe(9);
      peer.send({ opcode: 10 });
    }
    expect(listener.errorCodes).toEqual([]);
    expect(transport.latency).toBeGreaterThanOrEqual(0);
  });

  it('destroy a peer that does not answer a ping, 1006', async () => {
    const { listener, peer } = await openTransport({ pingInterval: 20, pongTimeout: 40 });
    expect(await listener.closed()).toEqual({ code: 1006, reason: '', wasClean: false });
    expect(listener.errorCodes).toEqual(['WS_ERR_PONG_TIMEOUT']);
    expect((await peer.frames(1))[0]!.opcode).toBe(9);
  });

  it('close a connection without traffic, 1001', async () => {
    const { listener, peer } = await openTransport({ idleTimeout: 40 });
    const [close] = await peer.frames(1);
    expect(close).toMatchObject({ opcode: 8, payload: rawClosePayload(1001, 'Idle for too long') });
    peer.send({ opcode: 8, payload: rawClosePayload(1001) });
    peer.end();
    expect(await listener.closed()).toEqual({ code: 1001, reason: '', wasClean: true });
  });

  it('close a connection that has lived long enough, 1001', async () => {
    const { peer } = await openTransport({ maxLifetime: 40 });
    const [close] = await peer.frames(1);
    expect(close!.payload.subarray(0, 2)).toEqual(rawClosePayload(1001));
  });
});

describe('the silence of a peer nobody listened to', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('counts from the moment it is listened to again', async () => {
    const { transport, socket, listener, sent } = openOnSlowDuplex({
      pingInterval: 300,
      pongTimeout: 200,
    });
    await turn();
    transport.pause();
    // As much as is held of what nobody takes: behind it the socket is not looked at.
    socket.push(framesTo('server', { opcode: 2, payload: Buffer.alloc(65_536) }));
    while (sent().length < 3) {
      jest.advanceTimersByTime(1);
      await turn();
    }
    jest.advanceTimersByTime(190);
    // The pong is in the socket by now, where it was not looked at.
    transport.resume();
    jest.advanceTimersByTime(50);
    expect(listener.errorCodes).toEqual([]);
    jest.advanceTimersByTime(2000);
    expect(listener.errorCodes).toEqual(['WS_ERR_PONG_TIMEOUT']);
    socket.destroy();
  });
});
