import { once } from 'node:events';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { inputBuffer } from '../bytes/input-buffer.js';
import { closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { closeTlsPairs, tlsPair } from '../testing-fixtures/tls-pair.js';
import { findOnReadKeys, readBuffered, readSocket, type OnRead } from './socket-reader.js';

afterEach(async () => {
  closeTlsPairs();
  await closeSocketPairs();
});

/** Writes down what is read, and where it lay. */
function recorder(): {
  readonly onRead: OnRead;
  readonly read: () => string;
  readonly until: (length: number) => Promise<void>;
  inPlace: boolean;
  onChunk: (socket: Duplex) => void;
} {
  let text = '';
  let wake: (() => void) | undefined;
  const record = {
    inPlace: true,
    onChunk: (_socket: Duplex): void => {},
    onRead(this: Duplex, length: number, buffer: Buffer): void {
      record.inPlace &&= buffer === inputBuffer;
      text += buffer.toString('latin1', 0, length);
      record.onChunk(this);
      wake?.();
    },
    read: () => text,
    async until(length: number): Promise<void> {
      while (text.length < length) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
  return record;
}

describe.each([
  ['a TCP socket', socketPair],
  ['a TLS socket', tlsPair],
])('readSocket on %s', (_socket, pair) => {
  it.each([
    ['into the input buffer', findOnReadKeys(), true],
    ['through data events, as where Node keeps no place for a buffer', null, false],
  ])('reads %s: everything, in order, up to the end', async (_way, keys, inPlace) => {
    const { near, far } = await pair();
    const record = recorder();
    readSocket(near, record.onRead, true, keys);
    near.resume();
    const sent = Array.from({ length: 200 }, (_, index) => `${index},`.repeat(500)).join('');
    far.end(sent);
    await once(near, 'end');
    expect(record.read() === sent).toBe(true);
    expect(record.inPlace).toBe(inPlace);
  });

  it.each([
    ['the input buffer', findOnReadKeys()],
    ['data events', null],
  ])('starts with what came before, and goes on through %s', async (_way, keys) => {
    const { near, far } = await pair();
    far.write('early');
    near.once('readable', () => {});
    await once(near, 'readable');
    near.unshift(Buffer.from('very '));
    const record = recorder();
    readSocket(near, record.onRead, true, keys);
    expect(record.read()).toBe('very early');
    near.resume();
    far.write(' and late');
    await record.until('very early and late'.length);
    expect(record.read()).toBe('very early and late');
  });

  it('reads nothing while the socket is paused, and all of it afterwards', async () => {
    const { near, far } = await pair();
    const record = recorder();
    record.onChunk = (socket) => socket.pause();
    readSocket(near, record.onRead);
    near.resume();
    far.write('x'.repeat(3_000_000));
    await record.until(1);
    const first = record.read().length;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    // TLS hands on what it has decrypted already, which is what came with one read.
    expect(record.read().length - first).toBeLessThan(near instanceof TLSSocket ? 65_536 : 1);
    record.onChunk = () => {};
    near.resume();
    await record.until(3_000_000);
    expect(record.read().length).toBe(3_000_000);
  });

  it('survives a socket that is destroyed while it is read', async () => {
    const { near, far } = await pair();
    const record = recorder();
    record.onChunk = (socket) => void socket.destroy();
    readSocket(near, record.onRead);
    near.resume();
    far.on('error', () => {});
    far.write('x'.repeat(3_000_000));
    await once(near, 'close');
    const { length } = record.read();
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThanOrEqual(inputBuffer.length);
  });
});

describe('readSocket', () => {
  it('keeps sockets apart that read into the same buffer', async () => {
    const pairs = await Promise.all(Array.from({ length: 8 }, socketPair));
    const records = pairs.map(({ near }) => {
      const record = recorder();
      readSocket(near, record.onRead);
      near.resume();
      return record;
    });
    for (let round = 0; round < 50; round++) {
      pairs.forEach(({ far }, index) => void far.write(String(index).repeat(1000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(records.map((record) => record.until(50_000)));
    records.forEach((record, index) => {
      expect(record.read() === String(index).repeat(50_000)).toBe(true);
    });
  });

  it.each<[string, (near: Socket) => void]>([
    ['whose handle takes no buffer', (near) => hide(near, 'useUserBuffer')],
    ['without a handle', (near) => Object.defineProperty(near, '_handle', { value: null })],
  ])('uses data events for a socket %s', async (_name, spoil) => {
    const { near } = await socketPair();
    spoil(near);
    readSocket(near, recorder().onRead);
    expect(near.listenerCount('data')).toBe(1);
  });

  it('uses data events for a socket that has a buffer of its own', async () => {
    const { near } = await socketPair();
    const keys = findOnReadKeys()!;
    Reflect.set(near, keys.buffer, Buffer.alloc(10));
    readSocket(near, recorder().onRead);
    expect(near.listenerCount('data')).toBe(1);
    expect(Reflect.get(near, keys.callback)).toBeNull();
  });

  it('uses data events for a stream that is no socket', () => {
    const socket = new SlowDuplex();
    readSocket(socket, recorder().onRead);
    expect(socket.listenerCount('data')).toBe(1);
    socket.destroy();
  });
});

describe('findOnReadKeys', () => {
  it('finds the two places in this Node', () => {
    const onread = { buffer: Buffer.alloc(1), callback: () => true };
    const options: SocketConstructorOpts & { onread: object } = { onread };
    const socket = new Socket(options);
    const keys = findOnReadKeys('linux')!;
    expect(Reflect.get(socket, keys.buffer)).toBe(onread.buffer);
    expect(Reflect.get(socket, keys.callback)).toBe(onread.callback);
  });

  it('has none on Windows, which fills a buffer before anyone is told', () => {
    expect(findOnReadKeys('win32')).toBeNull();
  });
});

/** Takes a method of the socket's handle away. */
function hide(socket: Socket, name: string): void {
  const handle: object = Reflect.get(socket, '_handle');
  Object.defineProperty(handle, name, { value: undefined });
}

describe('what a stream has buffered', () => {
  it('is read whole, also where read() hands out one chunk, as on Node 26', () => {
    const parts = ['one', 'two', 'three'].map((part) => Buffer.from(part));
    const stream = new SlowDuplex();
    Object.defineProperty(stream, 'readableLength', {
      get: () => parts.reduce((sum, { length }) => sum + length, 0),
    });
    stream.read = () => parts.shift() ?? null;
    expect(readBuffered(stream)?.toString()).toBe('onetwothree');
    expect(readBuffered(stream)).toBeNull();
  });
});
