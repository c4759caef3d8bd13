// Uploads to real servers: whole, as fast as they are read, and on after a lost connection.
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ClientError, connect, type Client, type ClientOptions } from 'nestwire/client';
import { msgpack } from 'nestwire/client/msgpack';
import { Hub } from 'nestwire';
import { closeApps, startApp, type AppOptions } from '../e2e/support/app.js';
import { FlakyProxy } from './support/flaky-proxy.js';
import { seeded } from './support/random.js';
import { sha256, UploadGateway, type UploadContract } from './support/upload-gateway.js';

const cleanups: (() => unknown)[] = [];
/** What no call told of. */
const reported: unknown[] = [];

afterEach(async () => {
  expect(reported.splice(0)).toEqual([]);
  for (const clean of cleanups.splice(0)) await clean();
  await closeApps();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`It never came to this: ${what}`);
}

async function serve(options: AppOptions['options'] = {}) {
  const { app, url, port } = await startApp({ providers: [UploadGateway], options });
  const hub = app.get(Hub);
  const running = (): number => hub.stats.uploads.running;
  return { app, url, port, gateway: app.get(UploadGateway), running };
}

function open(url: string, options: ClientOptions = {}): Client<UploadContract> {
  const client = connect<UploadContract>(`${url}/upload`, {
    backoff: { first: 4, most: 30 },
    connectTimeout: 500,
    onError: (error) => reported.push(error),
    ...options,
  });
  cleanups.push(() => client.close());
  return client;
}

const MB = 1_000_000;

async function* parts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // The same memory each time, as some sources do.
  const part = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    part.set(piece);
    yield part.subarray(0, piece.length);
    if (at % (16 * size) === 0) await sleep(0);
  }
}

describe('an upload', () => {
  const content = randomBytes(1.3 * MB);
  const sources: [string, () => Parameters<Client<UploadContract>['upload']>[1]][] = [
    ['a Blob', () => new Blob([content])],
    [
      'an ArrayBuffer',
      () => content.buffer.slice(content.byteOffset, content.byteOffset + content.length),
    ],
    ['a view', () => content],
    ['a ReadableStream', () => new Blob([content]).stream() as ReadableStream<Uint8Array>],
    ['an AsyncIterable of large parts', () => parts(content, 300_000)],
    ['an AsyncIterable of small parts', () => parts(content, 700)],
  ];

  it.each(sources)('of %s arrives whole, and says how far it has come', async (_, source) => {
    const { url, running } = await serve();
    const client = open(url);
    const steps: number[] = [];
    const totals = new Set<unknown>();
    const taken = await client.upload(
      'file',
      source(),
      { name: 'a' },
      {
        onProgress: ({ sent, total }) => {
          steps.push(sent);
          totals.add(total);
        },
      },
    );
    expect(taken).toEqual({ name: 'a', bytes: content.length, sha256: sha256(content) });
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect([steps[0], steps.at(-1)]).toEqual([0, content.length]);
    expect(steps.length).toBeGreaterThan(5);
    expect(running()).toBe(0);
    expect(totals.size).toBe(1);
  });

  it('with MessagePack is the same, and binary messages of the application are theirs', async () => {
    const { url, gateway } = await serve();
    const client = open(url, { codec: msgpack });
    expect(await client.upload('file', content, { name: 'a' })).toMatchObject({
      sha256: sha256(content),
    });
    expect(gateway.binary).toEqual([]);
  });

  it.each([0, 1, 65_536, 262_144, 262_145])('of %d bytes is whole', async (size) => {
    const { url } = await serve();
    const client = open(url);
    const bytes = content.subarray(0, size);
    for (const source of [bytes, parts(bytes, 10_000)]) {
      expect(await client.upload('file', source, { name: 'a' })).toMatchObject({
        bytes: size,
        sha256: sha256(bytes),
      });
    }
  });

  it('comes no faster than it is read, and holds up no call', async () => {
    const { url, gateway } = await serve({ uploads: { window: 100_000 } });
    const client = open(url);
    const uploading = client.upload('slow', content, { name: 'a', pause: 5 });
    for (let n = 0; n < 20; n += 1) {
      expect(await client.call('add', [n, 1])).toBe(n + 1);
      await sleep(3);
    }
    expect(await uploading).toMatchObject({ sha256: sha256(content) });
    expect(gateway.ahead).toBeGreaterThan(0);
    expect(gateway.ahead).toBeLessThanOrEqual(100_000);
  });

  it('goes on where it was after a lost connection; the handler notices nothing', async () => {
    const { url, gateway, running } = await serve();
    const client = open(url);
    let lost = 0;
    for (const source of [content, parts(content, 5_000)]) {
      const taken = await client.upload(
        'slow',
        source,
        { name: 'a', pause: 4 },
        {
          onProgress: ({ sent }) => {
            if (sent < 300_000 * (lost % 3) + 300_000 || lost >= 6) return;
            lost += 1;
            client.reconnect();
          },
        },
      );
      expect(taken).toMatchObject({ bytes: content.length, sha256: sha256(content) });
    }
    expect(lost).toBeGreaterThan(3);
    expect([gateway.begun, gateway.failures]).toEqual([['a', 'a'], []]);
    expect(running()).toBe(0);
  });

  it('arrives whole through a network that cuts again and again', async () => {
    const { port, gateway } = await serve();
    const proxy = await FlakyProxy.start(port, seeded(5));
    cleanups.push(() => proxy.stop());
    const client = open(`ws://127.0.0.1:${proxy.port}`, { pingInterval: 60, pingTimeout: 80 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    const all = Promise.all(
      names.map((name, at) => {
        const bytes = content.subarray(0, 20_000 * (at + 1));
        return client.upload(
          'slow',
          at % 2 === 0 ? bytes : parts(bytes, 3_000),
          { name, pause: 2 },
          { chunkSize: 2_000 },
        );
      }),
    );
    await until('it was cut some times', () => proxy.count >= 6);
    proxy.calm();
    const taken = await all;
    expect(taken).toEqual(
      names.map((name, at) => {
        const bytes = content.subarray(0, 20_000 * (at + 1));
        return { name, bytes: bytes.length, sha256: sha256(bytes) };
      }),
    );
    expect(gateway.begun.toSorted()).toEqual(names);
  });

  it('is refused before its first byte where it says that it is too large, or the event takes none', async () => {
    const { url, running } = await serve();
    const client = open(url);
    const sent: number[] = [];
    const options = { onProgress: ({ sent: bytes }: { sent: number }) => sent.push(bytes) };
    await expect(client.upload('small', content, undefined, options)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { maxSize: 1_000 },
    });
    const late = client.upload('small', parts(content, 2_000), undefined, options);
    await expect(late).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(client.upload('add' as never, content, undefined as never)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(client.upload('none' as never, content, undefined as never)).rejects.toMatchObject(
      {
        code: 'UNKNOWN_EVENT',
      },
    );
    await expect(client.call('file' as never, { name: 'a' } as never)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(Math.max(...sent)).toBe(0);
    expect(running()).toBe(0);
  });

  it("that the handler answers before it has read it ends there; what is still on its way is nobody's", async () => {
    const { url, gateway, running } = await serve();
    const client = open(url);
    expect(await client.upload('early', content)).toBe('I have it');
    expect(await client.upload('first', content)).toBeGreaterThan(0);
    // The handler has failed by itself: that is no news for the client but its code.
    await expect(client.upload('broken', content)).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
    });
    expect(await client.call('add', [1, 1])).toBe(2);
    expect(gateway.binary).toEqual([]);
    expect(running()).toBe(0);
  });

  it('is given up when the client cancels: here, while it waits for its turn, and at the server', async () => {
    const { url, gateway, running } = await serve();
    const client = open(url);
    const abort = new AbortController();
    let closed = false;
    const source = (async function* () {
      try {
        for (;;) {
          yield content.subarray(0, 9_000);
          await sleep(1);
        }
      } finally {
        closed = true;
      }
    })();
    const uploads = [source, content, content, content].map((each) =>
      client.upload(
        'slow',
        each,
        { name: 'a', pause: 50 },
        {
          signal: abort.signal,
          onProgress: ({ sent }) => {
            if (sent > 100_000) abort.abort();
          },
        },
      ),
    );
    for (const one of await Promise.allSettled(uploads)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
    }
    await until('the server has given up', () => running() === 0);
    expect(gateway.failures).toMatchObject([
      { code: 'CANCELLED' },
      { code: 'CANCELLED' },
      { code: 'CANCELLED' },
    ]);
    await until('the source is closed', () => closed);
    await expect(
      client.upload('file', content, { name: 'b' }, { signal: abort.signal }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('whose client leaves for good is given up after a while, and its handler told', async () => {
    const { url, gateway, running } = await serve({ uploads: { idleTimeout: 150 } });
    const client = open(url);
    const uploading = client.upload(
      'slow',
      content,
      { name: 'a', pause: 20 },
      {
        onProgress: ({ sent }) => {
          if (sent > 100_000) client.close();
        },
      },
    );
    await expect(uploading).rejects.toMatchObject({ code: 'CLOSED' });
    await until('the server has given up', () => running() === 0);
    expect(gateway.failures).toMatchObject([{ code: 'TIMEOUT' }]);
  });

  it('that nothing more comes of is given up; one that is not read is not', async () => {
    const { url, running } = await serve({ uploads: { idleTimeout: 100 } });
    const client = open(url);
    const silent = (async function* () {
      yield content.subarray(0, 50_000);
      await new Promise(() => {});
    })();
    await expect(client.upload('file', silent, { name: 'a' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const abort = new AbortController();
    const unread = client.upload('never', content, undefined, { signal: abort.signal });
    await sleep(300);
    expect(running()).toBe(1);
    abort.abort();
    await expect(unread).rejects.toBeInstanceOf(ClientError);
    await until('it is over', () => running() === 0);
  });

  it('fails with what its source throws; a part that is no bytes is an error', async () => {
    const { url, running } = await serve();
    const client = open(url);
    const failing = (async function* () {
      yield content.subarray(0, 9_000);
      throw new Error('unplugged');
    })();
    await expect(client.upload('file', failing, { name: 'a' })).rejects.toThrow('unplugged');
    const text = (async function* () {
      yield 'text';
    })();
    await expect(client.upload('file', text as never, { name: 'a' })).rejects.toThrow(TypeError);
    await until('the server has given up', () => running() === 0);
  });

  it.each<[string, unknown]>([
    ['text', 'text'],
    ['null', null],
    ['nothing', undefined],
    ['an object', {}],
    ['an array', [1, 2]],
  ])('of %s is none', async (_, source) => {
    const client = open('ws://127.0.0.1:9', { autoConnect: false });
    await expect(client.upload('file', source as never, { name: 'a' })).rejects.toThrow(
      'a Blob, bytes, a ReadableStream or an AsyncIterable of bytes is expected',
    );
  });

  it.each([{ chunkSize: 0 }, { chunkSize: Number.NaN }, { size: -1 }, { size: 0.5 }])(
    'takes no option %j',
    async (options) => {
      const client = open('ws://127.0.0.1:9', { autoConnect: false });
      await expect(client.upload('file', content, { name: 'a' }, options)).rejects.toThrow(
        TypeError,
      );
    },
  );

  it('that is shorter or longer than it said is refused', async () => {
    const { url } = await serve();
    const client = open(url);
    for (const size of [10_000, 30_000]) {
      const source = parts(content.subarray(0, 20_000), 5_000);
      const uploading = client.upload('file', source, { name: 'a' }, { size });
      const code = size === 10_000 ? 'BAD_SOURCE' : 'BAD_REQUEST';
      await expect(uploading).rejects.toMatchObject({ code });
    }
  });

  it('begins anew at a server that knows nothing of it, where its source can', async () => {
    const before = await serve();
    const after = await serve();
    let { url } = before;
    const { WebSocket } = await import('nestwire/engine');
    class Redirected extends WebSocket {
      constructor(_: string, protocols: string[]) {
        super(`${url}/upload`, protocols);
      }
    }
    const client = open(url, { WebSocket: Redirected });
    const move = async (): Promise<void> => {
      if (url === after.url) return;
      ({ url } = after);
      client.reconnect();
    };
    const whole = client.upload(
      'slow',
      content,
      { name: 'a', pause: 5 },
      {
        onProgress: ({ sent }) => void (sent > 200_000 && void move()),
      },
    );
    expect(await whole).toMatchObject({ bytes: content.length, sha256: sha256(content) });
    expect([before.gateway.begun, after.gateway.begun]).toEqual([['a'], ['a']]);
    ({ url } = before);
    client.reconnect();
    const flowing = client.upload(
      'slow',
      parts(content, 9_000),
      { name: 'b', pause: 5 },
      {
        onProgress: ({ sent }) => void (sent > 200_000 && void move()),
      },
    );
    await expect(flowing).rejects.toMatchObject({ code: 'NOT_RESUMABLE' });
  });
});
