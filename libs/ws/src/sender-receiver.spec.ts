import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { PerMessageDeflate } from './per-message-deflate.js';
import { Receiver, type ReceiverOptions } from './receiver.js';
import { Sender } from './sender.js';

/** What a receiver made of bytes, event by event. */
async function received(bytes: Buffer, options: ReceiverOptions): Promise<unknown[][]> {
  const receiver = new Receiver(options);
  const events: unknown[][] = [];
  for (const name of ['message', 'ping', 'pong', 'conclude', 'error']) {
    receiver.on(name, (...args) => events.push([name, ...args]));
  }
  // In pieces, as from a network.
  for (let at = 0; at < bytes.length; at += 3)
    receiver.write(Buffer.from(bytes.subarray(at, at + 3)));
  receiver.end();
  await new Promise((resolve) => {
    receiver.once('close', resolve);
  });
  return events;
}

async function sent(act: (sender: Sender) => void, extensions = {}): Promise<Buffer> {
  const socket = new PassThrough();
  const sender = new Sender(socket, extensions);
  act(sender);
  await new Promise<void>((done) => sender.send('end', { fin: true, mask: true }, () => done()));
  // From Node 26 on `read()` hands out one chunk, before that all of them.
  const parts: Buffer[] = [];
  while (socket.readableLength > 0) parts.push(socket.read() as Buffer);
  const all = Buffer.concat(parts);
  return all.subarray(0, all.length - 9);
}

describe('Sender.frame', () => {
  it.each([0, 125, 126, 65_535, 65_536])(
    'frames %d bytes, which a client reads',
    async (length) => {
      const payload = Buffer.alloc(length, 7);
      const frame = Sender.frame(payload, { opcode: 2, fin: true });
      expect(await received(Buffer.concat(frame), {})).toEqual([['message', payload, true]]);
    },
  );

  it.each([true, false])('masks, readOnly %s', async (readOnly) => {
    const payload = Buffer.from('some bytes');
    const frame = Sender.frame(payload, { opcode: 2, fin: true, mask: true, readOnly });
    expect(payload.toString() === 'some bytes').toBe(readOnly);
    expect(await received(Buffer.concat(frame), { isServer: true })).toEqual([
      ['message', Buffer.from('some bytes'), true],
    ]);
  });

  it('takes the key of generateMask', () => {
    const frame = Sender.frame('a', {
      opcode: 1,
      fin: true,
      mask: true,
      generateMask: (mask) => mask.fill(1),
    });
    expect(Buffer.concat(frame)).toEqual(Buffer.from([0x81, 0x81, 1, 1, 1, 1, 0x60]));
  });
});

describe('Sender', () => {
  it('sends messages, fragments, Blobs and control frames in their order', async () => {
    const bytes = await sent((sender) => {
      sender.send(new Blob(['from a blob']), { fin: true, mask: true, binary: true });
      sender.send('frag', { fin: false, mask: true });
      sender.ping('ping', true);
      sender.send('ments', { fin: true, mask: true });
      sender.pong(Buffer.from('pong'), true);
      sender.close(4000, 'bye', true);
    });
    expect(await received(bytes, { isServer: true })).toEqual([
      ['message', Buffer.from('from a blob'), true],
      ['ping', Buffer.from('ping')],
      ['message', Buffer.from('fragments'), false],
      ['pong', Buffer.from('pong')],
      ['conclude', 4000, Buffer.from('bye')],
    ]);
  });

  it('refuses control frames of more than 125 bytes', () => {
    const sender = new Sender(new PassThrough());
    expect(() => sender.ping(Buffer.alloc(126))).toThrow(RangeError);
  });

  it('compresses by what was agreed on, fragments too, and a receiver inflates it', async () => {
    const client = new PerMessageDeflate();
    const server = new PerMessageDeflate({ isServer: true });
    client.accept([server.accept([client.offer()])]);
    const text = 'compressible '.repeat(100);
    const bytes = await sent(
      (sender) => {
        sender.send(text, { fin: false, compress: true, mask: true });
        sender.send(text, { fin: true, compress: true, mask: true });
        sender.send(text, { fin: true, compress: true, mask: true, binary: true });
      },
      { 'permessage-deflate': client },
    );
    expect(bytes.length).toBeLessThan(text.length);
    const options = { isServer: true, extensions: { 'permessage-deflate': server } };
    expect(await received(bytes, options)).toEqual([
      ['message', Buffer.from(text + text), false],
      ['message', Buffer.from(text), true],
    ]);
  });
});

describe('Receiver', () => {
  it('tells a violation with the code to close with, as a RangeError', async () => {
    const [[name, error]] = (await received(Buffer.from([0x83, 0]), {})) as [[string, Error]];
    expect(name).toBe('error');
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: 'WS_ERR_INVALID_OPCODE', closeCode: 1002 });
  });

  it('hands out one message in a turn when asked to', async () => {
    const receiver = new Receiver({ allowSynchronousEvents: false });
    const texts: string[] = [];
    receiver.on('message', (data: Buffer) => texts.push(data.toString()));
    receiver.write(Buffer.from([0x81, 1, 0x61, 0x81, 1, 0x62]));
    expect(texts).toEqual(['a']);
    await new Promise((resolve) => {
      receiver.once('message', resolve);
    });
    expect(texts).toEqual(['a', 'b']);
  });

  it('bounds messages when asked to', async () => {
    const events = await received(Buffer.from([0x82, 2, 1, 2]), { maxPayload: 1 });
    expect(events).toMatchObject([['error', { closeCode: 1009 }]]);
  });
});

const compress = (deflate: PerMessageDeflate, text: string): Promise<Buffer> =>
  new Promise((resolve) => deflate.compress(text, true, (_error, data) => resolve(data!)));
const inflate = (deflate: PerMessageDeflate, data: Buffer): Promise<unknown> =>
  new Promise((resolve) => deflate.decompress(data, true, (error, out) => resolve(error ?? out)));

describe('PerMessageDeflate', () => {
  it('offers what its options ask for', () => {
    expect(new PerMessageDeflate().offer()).toEqual({ client_max_window_bits: true });
    const options = {
      serverNoContextTakeover: true,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: false,
    };
    expect(new PerMessageDeflate(options).offer()).toEqual({
      server_no_context_takeover: true,
      server_max_window_bits: 10,
    });
  });

  it('throws for an offer that cannot be agreed to', () => {
    const server = new PerMessageDeflate({}, true);
    expect(() => server.accept([{ server_max_window_bits: 7 }])).toThrow(
      'None of the extension offers can be accepted',
    );
    expect(server.params).toBeNull();
    expect(() => new PerMessageDeflate().accept([{ unknown: true }])).toThrow(
      'Invalid Sec-WebSocket-Extensions header',
    );
  });

  it('inflates what it compresses, up to its limit, and tells what is corrupt', async () => {
    const server = new PerMessageDeflate({ maxPayload: 100 }, true);
    server.accept([{}]);
    const small = await compress(server, 'x'.repeat(100));
    expect(await inflate(server, small)).toEqual(Buffer.from('x'.repeat(100)));
    const large = await compress(server, 'x'.repeat(101));
    expect(await inflate(server, large)).toMatchObject({
      code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    });
    server.cleanup();
    expect(await inflate(server, Buffer.from([0x07]))).toMatchObject({ code: 'Z_DATA_ERROR' });
  });
});
