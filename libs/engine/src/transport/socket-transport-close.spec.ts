import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { openOnSlowDuplex, openTransport } from '../testing-fixtures/open-transport.js';
import { TEST_MASK, rawClosePayload, rawFrame } from '../testing-fixtures/raw-frame.js';
import { closeSocketPairs } from '../testing-fixtures/socket-pair.js';
import { UsageError } from '../protocol/errors.js';
import { PreparedMessage } from '../sending/prepared-message.js';
import { SendResult } from '../sending/send-result.js';
import { ReadyState } from './transport.js';

afterEach(closeSocketPairs);

const NORMAL = { code: 1000, reason: '', wasClean: true };

describe('closing begun by the peer', () => {
  it('is answered with the same code and reason, and the server closes TCP first (5.5.1, 7.1.1)', async () => {
    for (const code of [1000, 1001, 3000, 4999]) {
      const { transport, listener, peer } = await openTransport();
      peer.send({ opcode: 8, payload: rawClosePayload(code, 'because') });
      // Read to the end, while the peer has not ended its own side yet.
      const [close, ...more] = await peer.framesToEnd();
      expect([close!.opcode, close!.payload, more]).toEqual([
        8,
        rawClosePayload(code, 'because'),
        [],
      ]);
      expect(transport.readyState).toBe(ReadyState.Closing);
      peer.end();
      expect(await listener.closed()).toEqual({ code, reason: 'because', wasClean: true });
      expect(transport.readyState).toBe(ReadyState.Closed);
    }
  });

  it('is answered without a code when it has none, and reported as 1005 (7.1.5)', async () => {
    const { listener, peer } = await openTransport();
    peer.send({ opcode: 8 });
    const [close] = await peer.framesToEnd();
    expect(close!.payload.length).toBe(0);
    peer.end();
    expect(await listener.closed()).toEqual({ code: 1005, reason: '', wasClean: true });
  });

  it('lets a client wait for the server to close TCP (7.1.1)', async () => {
    const { listener, peer, near } = await openTransport({ role: 'client' });
    peer.send({ opcode: 8, payload: rawClosePayload(1000) });
    const [close] = await peer.frames(1);
    expect([close!.opcode, close!.masked]).toEqual([8, true]);
    await turn();
    expect(near.writableEnded).toBe(false);
    peer.end();
    expect(await listener.closed()).toEqual(NORMAL);
  });

  it('lets replies leave first that were sent before it', async () => {
    const { transport, listener, peer } = await openTransport();
    listener.react = (call) => {
      if (call.name === 'text') transport.sendText(call.text);
    };
    peer.send({ opcode: 1, payload: 'last words' }, { opcode: 8 }, { opcode: 1, payload: 'no' });
    const frames = await peer.framesToEnd();
    expect(frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
    peer.end();
    await listener.closed();
    expect(listener.names).toEqual(['text', 'close']);
  });

  it('gets its answer behind what a slow peer has not read yet', async () => {
    const { transport, socket, listener, receive, sent } = openOnSlowDuplex();
    socket.block();
    for (let index = 0; index < 3; index++) transport.sendText(`${index}`);
    await turn();
    transport.sendText('3');
    receive({ opcode: 8, payload: rawClosePayload(1000) });
    await turn();
    expect(socket.writableEnded).toBe(false);
    socket.unblock();
    await turn();
    expect(sent().map(({ opcode }) => opcode)).toEqual([1, 1, 1, 1, 8]);
    expect(socket.writableEnded).toBe(true);
    socket.push(null);
    expect(await listener.closed()).toEqual(NORMAL);
  });
});

describe('closing begun here', () => {
  it('is clean when the peer answers', async () => {
    for (const role of ['server', 'client'] as const) {
      const { transport, listener, peer } = await openTransport({ role });
      transport.close(4001, 'enough');
      expect(transport.readyState).toBe(ReadyState.Closing);
      const [close] = await peer.frames(1);
      expect(close).toMatchObject({ opcode: 8, payload: rawClosePayload(4001, 'enough') });
      peer.send({ opcode: 8, payload: rawClosePayload(4001, 'agreed') });
      peer.end();
      expect(await listener.closed()).toEqual({ code: 4001, reason: 'agreed', wasClean: true });
      expect((await peer.framesToEnd()).map(({ opcode }) => opcode)).toEqual([8]);
    }
  });

  it('may go without a code', async () => {
    const { transport, peer } = await openTransport();
    transport.close();
    expect((await peer.frames(1))[0]!.payload.length).toBe(0);
  });

  it('lets nothing but the Close frame leave any more (5.5.1)', async () => {
    const { transport, peer } = await openTransport();
    transport.sendText('before');
    transport.close(1000);
    expect(transport.sendText('x')).toBe(SendResult.Closed);
    expect(transport.sendBinary(Buffer.from('x'))).toBe(SendResult.Closed);
    expect(transport.sendPrepared(PreparedMessage.text('x'))).toBe(SendResult.Closed);
    expect(transport.sendFrame(0x01, Buffer.from('x'))).toBe(SendResult.Closed);
    expect(transport.ping()).toBe(SendResult.Closed);
    expect(transport.pong()).toBe(SendResult.Closed);
    transport.close(1001);
    peer.send({ opcode: 9, payload: 'still there?' }, { opcode: 8 });
    expect((await peer.framesToEnd()).map(({ opcode }) => opcode)).toEqual([1, 8]);
  });

  it('still hands out what the peer sent before its answer', async () => {
    const { transport, listener, peer } = await openTransport();
    transport.close(1000);
    await peer.frames(1);
    peer.send({ opcode: 1, payload: 'on its way' }, { opcode: 8, payload: rawClosePayload(1000) });
    peer.end();
    expect(await listener.closed()).toEqual(NORMAL);
    expect(listener.texts).toEqual(['on its way']);
  });

  it('refuses codes and reasons that may not be sent, and stays open (7.4.1)', () => {
    const { transport, socket } = openOnSlowDuplex();
    for (const code of [1005, 1006, 1015, 999, 5000]) {
      expect(() => transport.close(code)).toThrow(UsageError);
    }
    expect(() => transport.close(1000, 'x'.repeat(124))).toThrow(UsageError);
    expect(transport.readyState).toBe(ReadyState.Open);
    socket.destroy();
  });

  it('destroys the socket when the peer does not answer in time', async () => {
    const { transport, listener } = await openTransport({ closeTimeout: 40 });
    transport.close(1000);
    expect(await listener.closed()).toEqual({ code: 1006, reason: '', wasClean: false });
  });

  it('destroys the socket when the peer answers but does not close TCP', async () => {
    const { transport, listener, peer } = await openTransport({ closeTimeout: 40, role: 'client' });
    transport.close(1000);
    peer.send({ opcode: 8, payload: rawClosePayload(1000) });
    expect(await listener.closed()).toEqual(NORMAL);
  });

  it('can happen from within a message, behind the replies to it', async () => {
    const { transport, listener, peer } = await openTransport();
    listener.react = (call) => {
      if (call.name !== 'text') return;
      transport.sendText(call.text);
      transport.close(1000);
    };
    peer.send({ opcode: 1, payload: 'bye' });
    expect((await peer.frames(2)).map(({ opcode }) => opcode)).toEqual([1, 8]);
  });
});

describe('an end without a closing handshake', () => {
  const ABNORMAL = { code: 1006, reason: '', wasClean: false };

  it('is reported as 1006 when the peer resets the connection (7.1.5)', async () => {
    const { listener, far } = await openTransport();
    far.resetAndDestroy();
    expect(await listener.closed()).toEqual(ABNORMAL);
    expect(listener.errorCodes).toEqual(['ECONNRESET']);
  });

  it('is reported as 1006 when the peer ends TCP, which is ended in turn', async () => {
    const { transport, listener, peer } = await openTransport();
    peer.end();
    expect(await peer.framesToEnd()).toEqual([]);
    expect(await listener.closed()).toEqual(ABNORMAL);
    expect(listener.errorCodes).toEqual([]);
    expect(transport.sendText('x')).toBe(SendResult.Closed);
  });

  it('still lets leave what was sent to a peer that ended its side', async () => {
    const { transport, socket, listener, sent } = openOnSlowDuplex();
    socket.block();
    for (const text of ['a', 'b', 'c']) {
      transport.sendText(text);
      await turn();
    }
    socket.push(null);
    await turn();
    socket.unblock();
    expect(await listener.closed()).toEqual(ABNORMAL);
    expect(sent().map(({ payload }) => payload.toString())).toEqual(['a', 'b', 'c']);
  });

  it('can be forced from here, at once', async () => {
    const { transport, listener, peer } = await openTransport();
    peer.send({ opcode: 1, payload: 'a' }, { opcode: 1, payload: 'b' });
    listener.react = () => transport.terminate();
    expect(await listener.closed()).toEqual(ABNORMAL);
    expect(listener.texts).toEqual(['a']);
    transport.terminate();
    transport.close(1000);
    expect(transport.readyState).toBe(ReadyState.Closed);
  });

  it('is told to those who wait for a message to leave', async () => {
    const { transport, socket, listener } = openOnSlowDuplex();
    socket.block();
    const told: unknown[] = [];
    transport.sendText('x');
    transport.afterSent((error) => told.push(error && 'code' in error && error.code));
    await turn();
    transport.terminate();
    await listener.closed();
    await turn();
    expect(told).toEqual(['WS_ERR_CONNECTION_CLOSED']);
  });

  it('is told to those who begin to wait when it is over', async () => {
    const { transport, listener } = openOnSlowDuplex();
    transport.terminate();
    await listener.closed();
    const told = new Promise((resolve) => transport.afterSent(resolve));
    expect(await told).toMatchObject({ code: 'WS_ERR_CONNECTION_CLOSED' });
  });

  it('is reported once, also when several things end at the same time', async () => {
    const { transport, listener, far, peer } = await openTransport();
    transport.close(1000);
    peer.send({ opcode: 8 });
    far.end();
    transport.terminate();
    await listener.closed();
    await turn();
    expect(listener.names.filter((name) => name === 'close')).toHaveLength(1);
    expect(listener.names.at(-1)).toBe('close');
  });
});

describe('failing a connection (7.1.7)', () => {
  it.each([
    [1002, 'WS_ERR_INVALID_OPCODE', rawFrame({ opcode: 3, mask: TEST_MASK })],
    [1002, 'WS_ERR_EXPECTED_MASK', rawFrame({ opcode: 1, payload: 'x' })],
    [
      1007,
      'WS_ERR_INVALID_UTF8',
      rawFrame({ opcode: 1, payload: Buffer.from([255]), mask: TEST_MASK }),
    ],
    [
      1009,
      'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
      rawFrame({ opcode: 2, declaredLength: 1n << 40n, mask: TEST_MASK }),
    ],
  ])('sends code %d and a FIN for %s, and parses nothing more', async (code, name, bytes) => {
    const { transport, listener, far, peer } = await openTransport();
    far.write(bytes);
    peer.send({ opcode: 1, payload: 'ignored' }, { opcode: 9 });
    const [close, ...more] = await peer.framesToEnd();
    expect(close!.opcode).toBe(8);
    expect(close!.payload.readUInt16BE(0)).toBe(code);
    expect(close!.payload.length).toBeGreaterThan(2);
    expect(more).toEqual([]);
    expect(transport.readyState).toBe(ReadyState.Closing);
    peer.send({ opcode: 1, payload: 'ignored' });
    peer.end();
    expect(await listener.closed()).toEqual({ code, reason: '', wasClean: false });
    expect(listener.names).toEqual(['error', 'close']);
    expect(listener.errorCodes).toEqual([name]);
  });

  it('destroys the socket of a peer that does not react', async () => {
    const { listener, far } = await openTransport({ closeTimeout: 40 });
    far.write(rawFrame({ opcode: 3, mask: TEST_MASK }));
    expect(await listener.closed()).toEqual({ code: 1002, reason: '', wasClean: false });
  });

  it('answers the messages before the violation', async () => {
    const { transport, listener, peer } = await openTransport();
    listener.react = (call) => {
      if (call.name === 'text') transport.sendText(call.text);
    };
    peer.send({ opcode: 1, payload: 'right' }, { opcode: 3 });
    const frames = await peer.framesToEnd();
    expect(frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
  });
});

describe('a listener that throws', () => {
  const thrown = new Error('from the listener');

  it('fails the connection with 1011, and its error goes on', async () => {
    const { socket, listener, receive, sent } = openOnSlowDuplex();
    await turn();
    listener.react = (call) => {
      if (call.name === 'text') throw thrown;
    };
    expect(() => receive({ opcode: 1, payload: 'x' }, { opcode: 1, payload: 'y' })).toThrow(thrown);
    expect(listener.texts).toEqual(['x']);
    expect(listener.errorCodes).toEqual(['WS_ERR_LISTENER']);
    expect(sent()).toHaveLength(1);
    expect(sent()[0]!.payload.readUInt16BE(0)).toBe(1011);
    // Nothing of the listener's error is told to the peer.
    expect(sent()[0]!.payload.toString()).not.toContain(thrown.message);
    socket.push(null);
    expect(await listener.closed()).toEqual({ code: 1011, reason: '', wasClean: false });
  });

  it('is told of the close even when it threw at the last messages', async () => {
    const { transport, socket, listener, receive } = openOnSlowDuplex({ maxFramesPerTurn: 1 });
    await turn();
    receive({ opcode: 9 }, { opcode: 1, payload: 'x' });
    expect(listener.names).toEqual(['ping']);
    listener.react = (call) => {
      if (call.name === 'text') throw thrown;
    };
    const uncaught = nextUncaught();
    socket.destroy();
    expect(await uncaught).toBe(thrown);
    await listener.closed();
    expect(listener.names).toEqual(['ping', 'text', 'error', 'close']);
    expect(transport.readyState).toBe(ReadyState.Closed);
  });
});
