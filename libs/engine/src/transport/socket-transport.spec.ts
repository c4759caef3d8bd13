import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openOnSlowDuplex, openTransport } from '../testing-fixtures/open-transport.js';
import { frameTo, framesTo } from '../testing-fixtures/receive.js';
import { closeSocketPairs } from '../testing-fixtures/socket-pair.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { UsageError } from '../protocol/errors.js';
import { DEFAULT_LIMITS } from '../protocol/limits.js';
import { PreparedMessage } from '../sending/prepared-message.js';
import { SocketTransport } from './socket-transport.js';
import { SendResult } from '../sending/send-result.js';
import { ReadyState } from './transport.js';

afterEach(closeSocketPairs);

describe('a transport that is open', () => {
  it('hands out messages and sends them back', async () => {
    const { transport, listener, peer } = await openTransport();
    listener.react = (call) => {
      if (call.name === 'text') expect(transport.sendText(call.text)).toBe(SendResult.Sent);
      if (call.name === 'binary') transport.sendBinary(call.payload);
    };
    peer.send(
      { opcode: 1, payload: 'Grüße' },
      { opcode: 2, payload: Buffer.from([0, 255]) },
      { opcode: 1, payload: 'x'.repeat(100_000) },
    );
    const frames = await peer.frames(3);
    expect(frames.map(({ fin, rsv, opcode, masked }) => [fin, rsv, opcode, masked])).toEqual([
      [true, 0, 1, false],
      [true, 0, 2, false],
      [true, 0, 1, false],
    ]);
    expect(frames.map(({ payload }) => payload.length)).toEqual([7, 2, 100_000]);
    expect(transport.readyState).toBe(ReadyState.Open);
    expect(transport.bufferedAmount).toBe(0);
    expect(transport.remoteAddress).toBe('127.0.0.1');
  });

  it('hands text as a string to a listener that asks for it, however it came', async () => {
    const { transport, listener, peer } = await openTransport();
    const strings: [string, number][] = [];
    const onString = (text: string, byteLength: number) => strings.push([text, byteLength]);
    transport.setListener(Object.assign(listener, { onString }));
    for (const payload of ['', 'plain', 'wörld', 'x'.repeat(2_000)])
      peer.send({ opcode: 1, payload });
    peer.send({ opcode: 1, fin: false, payload: 'in ' }, { opcode: 0, payload: 'parts' });
    peer.send({ opcode: 8 });
    await listener.closed();
    const texts = ['', 'plain', 'wörld', 'x'.repeat(2_000), 'in parts'];
    expect(strings).toEqual(texts.map((text) => [text, Buffer.byteLength(text)]));
    expect(listener.texts).toEqual([]);
    transport.terminate();
  });

  it('masks each frame with another key as a client, and takes unmasked ones (5.3)', async () => {
    const { transport, listener, peer } = await openTransport({ role: 'client' });
    const message = PreparedMessage.text('same');
    for (let index = 0; index < 3; index++) transport.sendPrepared(message);
    transport.sendText('text');
    transport.sendBinary(Buffer.from('bytes'));
    transport.ping();
    const frames = await peer.frames(6);
    const keys = new Set(frames.map(({ mask }) => mask?.join(' ')));
    expect(keys.size).toBe(6);
    expect(keys.has(undefined)).toBe(false);
    expect(frames.map(({ payload }) => payload.toString())).toEqual([
      'same',
      'same',
      'same',
      'text',
      'bytes',
      '',
    ]);
    peer.send({ opcode: 1, payload: 'reply' });
    await listener.until(() => listener.texts.length === 1);
    expect(listener.texts).toEqual(['reply']);
  });

  it('answers all messages of a chunk with one write', async () => {
    const frames = Array.from({ length: 64 }, (_, index) => ({
      opcode: 1,
      payload: `message ${index}`,
    }));
    const { transport, listener, peer, writes } = await openTransport({
      head: framesTo('server', ...frames),
    });
    listener.react = (call) => {
      if (call.name === 'text') transport.sendText(call.text);
    };
    const echoed = await peer.frames(64);
    expect(echoed.map(({ payload }) => payload.toString())).toEqual(
      frames.map(({ payload }) => payload),
    );
    expect(writes).toHaveLength(1);
  });

  it('sends what one callback sends with one write', async () => {
    const { transport, peer, writes } = await openTransport();
    for (let index = 0; index < 20; index++) transport.sendText(`push ${index}`);
    await peer.frames(20);
    expect(writes).toHaveLength(1);
  });

  it('answers a ping with the same payload, once, and tells of it (5.5.2)', async () => {
    const { listener, peer } = await openTransport();
    const payload = Buffer.from(Array.from({ length: 125 }, (_, index) => index * 2));
    peer.send({ opcode: 9, payload }, { opcode: 9 });
    const pongs = await peer.frames(2);
    expect(pongs.map(({ opcode }) => opcode)).toEqual([10, 10]);
    expect(pongs[0]!.payload.equals(payload)).toBe(true);
    expect(listener.names).toEqual(['ping', 'ping']);
  });

  it('leaves pings to the listener where it is told to', async () => {
    const { transport, listener, peer } = await openTransport({ autoPong: false });
    listener.react = (call) => {
      if (call.name === 'ping') transport.pong(Buffer.from('own'));
    };
    peer.send({ opcode: 9, payload: 'x' });
    expect((await peer.frames(1)).map(({ payload }) => payload.toString())).toEqual(['own']);
  });

  it('tells of a pong nobody asked for, and answers nothing (5.5.3)', async () => {
    const { transport, listener, peer } = await openTransport();
    peer.send({ opcode: 10, payload: 'x' });
    await listener.until(() => listener.names.includes('pong'));
    transport.sendText('only this');
    expect(await peer.frames(1)).toHaveLength(1);
    expect(transport.latency).toBe(-1);
  });

  it('measures the time from its ping to the pong', async () => {
    const { transport, listener, peer } = await openTransport({ pingInterval: 20 });
    const [ping] = await peer.frames(1);
    expect([ping!.opcode, ping!.payload.length]).toEqual([9, 0]);
    peer.send({ opcode: 10 });
    await listener.until(() => listener.names.includes('pong'));
    expect(transport.latency).toBeGreaterThanOrEqual(0);
  });

  it('refuses to send a control frame of more than 125 bytes', () => {
    const { transport, socket } = openOnSlowDuplex();
    expect(() => transport.ping(Buffer.alloc(126))).toThrow(UsageError);
    expect(() => transport.pong(Buffer.alloc(126))).toThrow(UsageError);
    expect(transport.ping(Buffer.alloc(125))).toBe(SendResult.Sent);
    socket.destroy();
  });

  it('calls back when what was sent has left', async () => {
    const { transport, peer } = await openTransport();
    transport.sendText('x');
    await new Promise<void>((resolve, reject) => {
      transport.afterSent((error) => (error ? reject(error) : resolve()));
    });
    expect(await peer.frames(1)).toHaveLength(1);
  });
});

describe('a transport before it has started', () => {
  it('hands out what came with the handshake first, and nothing before the next tick (4.2)', async () => {
    const { listener, peer } = await openTransport({
      head: frameTo('server', { opcode: 1, payload: 'head' }),
    });
    expect(listener.texts).toEqual([]);
    peer.send({ opcode: 1, payload: 'later' });
    await listener.until(() => listener.texts.length === 2);
    expect(listener.texts).toEqual(['head', 'later']);
  });

  it('puts together a frame whose start came with the handshake', async () => {
    const frame = frameTo('server', { opcode: 1, payload: 'cut in two' });
    const { listener, far } = await openTransport({ head: frame.subarray(0, 7) });
    far.write(frame.subarray(7));
    await listener.until(() => listener.texts.length === 1);
    expect(listener.texts).toEqual(['cut in two']);
  });

  it('can be paused, and hands out nothing until it is resumed', async () => {
    const { transport, listener, far } = await openTransport({
      head: frameTo('server', { opcode: 1, payload: 'head' }),
      start: false,
    });
    transport.pause();
    transport.start();
    const later = frameTo('server', { opcode: 1, payload: 'later' });
    await new Promise((resolve) => far.write(later, resolve));
    await turn();
    await turn();
    expect(listener.calls).toEqual([]);
    transport.resume();
    await listener.until(() => listener.texts.length === 2);
    expect(listener.texts).toEqual(['head', 'later']);
  });

  it('can be paused and resumed before the first byte', async () => {
    const { transport, listener, peer } = await openTransport({ start: false });
    transport.pause();
    transport.resume();
    transport.start();
    peer.send({ opcode: 1, payload: 'a' });
    await listener.until(() => listener.texts.length === 1);
    peer.send({ opcode: 1, payload: 'b' });
    await listener.until(() => listener.texts.length === 2);
    expect(transport.isPaused).toBe(false);
  });
});

describe('a transport that is paused', () => {
  const five = framesTo(
    'server',
    ...Array.from({ length: 5 }, (_, index) => ({ opcode: 1, payload: `${index}` })),
  );

  it('stops in the middle of a chunk and goes on there', async () => {
    const { transport, listener } = await openTransport({ head: Buffer.from(five) });
    const stops: number[] = [];
    listener.react = () => {
      transport.pause();
      stops.push(listener.texts.length);
      // Whatever was going to be delivered meanwhile would come before this.
      setImmediate(() => setImmediate(() => transport.resume()));
    };
    await listener.until(() => listener.texts.length === 5);
    expect(stops).toEqual([1, 2, 3, 4, 5]);
    expect(listener.texts).toEqual(['0', '1', '2', '3', '4']);
  });

  it('can be resumed in the same call', async () => {
    const { transport, listener, peer } = await openTransport({ head: Buffer.from(five) });
    listener.react = () => {
      transport.pause();
      transport.resume();
    };
    peer.send({ opcode: 1, payload: '5' });
    await listener.until(() => listener.texts.length === 6);
    expect(listener.texts).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('leaves it to TCP to hold the peer', async () => {
    const { transport, listener, near, far } = await openTransport();
    transport.pause();
    const message = frameTo('server', { opcode: 2, payload: Buffer.alloc(900_000) });
    let written = 0;
    while (far.write(Buffer.from(message)) || written < 20) written++;
    expect(near.bytesRead).toBeLessThan(1_000_000);
    expect(listener.calls).toEqual([]);
    transport.resume();
    await listener.until(() => listener.names.length === written + 1);
  });

  it('leaves it to TCP even when it is paused in the tick in which it starts to read', async () => {
    const { transport, listener, near, far } = await openTransport({ start: false });
    transport.start();
    // Runs between the call that resumes the stream and the one with which Node then does.
    process.nextTick(() => transport.pause());
    const message = frameTo('server', { opcode: 2, payload: Buffer.alloc(900_000) });
    for (let index = 0; index < 20; index++) far.write(Buffer.from(message));
    for (let index = 0; index < 200; index++) await turn();
    expect(near.bytesRead).toBeLessThan(1_000_000);
    expect(listener.calls).toEqual([]);
    transport.resume();
    await listener.until(() => listener.names.length === 20);
  });

  it.each([true, false])(
    'keeps what came with the end of a TLS connection (half-open: %s)',
    async (allowHalfOpen) => {
      const server = createServer({ ...TEST_CERTIFICATE, allowHalfOpen }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const accepted = once(server, 'secureConnection');
      const { port } = server.address() as AddressInfo;
      const peer = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      const [near] = (await accepted) as [TLSSocket];
      const limits = { ...DEFAULT_LIMITS, maxFramesPerTurn: 2 };
      const transport = new SocketTransport(near, Buffer.alloc(0), 'server', '', limits);
      const listener = new RecordingListener();
      listener.react = ({ name }) => void (name === 'text' && transport.pause());
      transport.setListener(listener);
      transport.start();
      const texts = ['1', '2', '3', '4', '5', '6'];
      const ended = once(near, 'end');
      peer.end(framesTo('server', ...texts.map((payload) => ({ opcode: 1, payload }))));
      await ended;
      expect([listener.texts, transport.readyState]).toEqual([['1'], ReadyState.Open]);
      listener.react = () => {};
      transport.resume();
      expect(await listener.closed()).toMatchObject({ code: 1006 });
      expect(listener.texts).toEqual(texts);
      peer.destroy();
      server.close();
    },
  );

  it('hands out no data that was held back when it is closed, as messages or as frames', async () => {
    for (const asFrames of [false, true]) {
      const { transport, listener, receive, socket } = openOnSlowDuplex();
      const opcodes: number[] = [];
      const onFrame = (_fin: boolean, _rsv: number, opcode: number) => opcodes.push(opcode);
      if (asFrames) transport.setListener(Object.assign(listener, { onFrame }));
      transport.pause();
      await turn();
      receive({ opcode: 1, payload: 'held' }, { opcode: 2 }, { opcode: 9 }, { opcode: 8 });
      transport.close(1000);
      socket.push(null);
      await listener.closed();
      expect(listener.names).toEqual(['ping', 'close']);
      expect(opcodes).toEqual(asFrames ? [9, 8] : []);
    }
  });

  it('still sends', async () => {
    const { transport, peer } = await openTransport();
    transport.pause();
    transport.sendText('out');
    expect((await peer.frames(1))[0]!.payload.toString()).toBe('out');
  });
});

describe('a transport and the turns of others', () => {
  it('hands out a bounded number of frames at a time, in order', async () => {
    const messages = Array.from({ length: 100 }, (_, index) => ({
      opcode: 1,
      payload: `${index}`,
    }));
    const { listener, peer } = await openTransport({
      head: framesTo('server', ...messages),
      maxFramesPerTurn: 10,
    });
    const perTurn: number[] = [];
    const count = () => {
      perTurn.push(listener.texts.length);
      if (listener.texts.length < 101) setImmediate(count);
    };
    setImmediate(count);
    peer.send({ opcode: 1, payload: '100' });
    await listener.until(() => listener.texts.length === 101);
    expect(listener.texts).toEqual(Array.from({ length: 101 }, (_, index) => `${index}`));
    const steps = perTurn.map((total, index) => total - (perTurn[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(11);
  });

  it('hands out what was received before the peer left', async () => {
    const { listener, peer } = await openTransport({ maxFramesPerTurn: 2 });
    peer.send(...Array.from({ length: 50 }, (_, index) => ({ opcode: 1, payload: `${index}` })));
    peer.end();
    await listener.closed();
    expect(listener.texts).toHaveLength(50);
    expect(listener.names.at(-1)).toBe('close');
  });
});
