import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { MessageRouter } from '../dispatch/message-router.js';
import { serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import type { UploadOptions } from './upload-options.js';
import { uploadOf } from './uploads.js';

interface Grant {
  readonly id: number;
  readonly upload: string;
  readonly received: number;
  readonly until: number;
  readonly chunk: number;
}

/** A hub whose event `take` reads as much as it is told to, and answers how much that was. */
function taking(
  options: UploadOptions = {},
  maxSize?: number,
  maxPayload?: number,
  rate?: { messages: number; burst: number },
) {
  const errors: unknown[] = [];
  const read: Buffer[] = [];
  const others: unknown[] = [];
  const hold = { reads: true };
  const router = new MessageRouter([
    {
      event: 'take',
      upload: { maxSize },
      concurrency: Infinity,
      async handle(_connection, _data, message) {
        try {
          for await (const part of uploadOf(message) ?? []) {
            read.push(part);
            while (!hold.reads) await turn();
          }
        } catch (error) {
          errors.push(error);
          throw error;
        }
        return Buffer.concat(read).length;
      },
    },
    { event: 'plain', handle: () => 'plain' },
  ]);
  const onBinary = {
    event: 'binary',
    handle: (_: unknown, data: unknown) => void others.push(data),
  };
  const limits = maxPayload === undefined ? {} : { limits: { maxPayload } };
  const served = serve(
    {},
    { router, onBinary, ...limits },
    {
      uploads: options,
      ...(rate && { rate: { connection: rate } }),
    },
  );
  return { ...served, errors, read, others, hold };
}

async function begin({ transport }: Client, more: object = {}): Promise<void> {
  transport.text(JSON.stringify({ event: 'take', id: 1, upload: {}, ...more }));
  await turn();
}

const grants = ({ transport }: Client): Grant[] =>
  transport.frames.filter(({ event }) => event === '$upload').map(({ data }) => data as Grant);

function chunk(upload: string, offset: number, bytes: Uint8Array | string = ''): Buffer {
  const head = Buffer.alloc(6);
  head.writeUIntBE(offset, 0, 6);
  return Buffer.concat([Buffer.from(upload, 'hex'), head, Buffer.from(bytes)]);
}

/** Sends a chunk under the newest token. */
async function send(
  client: Client,
  offset: number,
  bytes: Uint8Array | string = '',
): Promise<void> {
  client.transport.binary(chunk(grants(client).at(-1)?.upload ?? '', offset, bytes));
  await turn();
}

const last = ({ transport }: Client): unknown => transport.frames.at(-1);
const refused = (code: string) => ({ event: 'exception', id: 1, data: { code } });

describe('an upload', () => {
  it('is asked for when it is read, comes in order, ends with an empty chunk, and is answered', async () => {
    const { connect, hub } = taking({ window: 100 });
    const client = connect();
    await begin(client);
    const token = expect.stringMatching(/^[\da-f]{32}$/);
    expect(grants(client)).toEqual([{ id: 1, upload: token, received: 0, until: 100, chunk: 100 }]);
    await send(client, 0, 'abc');
    await send(client, 3, 'de');
    expect(hub.stats.uploads).toEqual({ running: 1 });
    await send(client, 5);
    expect(last(client)).toEqual({ event: 'take', id: 1, data: 5 });
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('is let on as it is read, and not for every byte', async () => {
    const { connect, hold } = taking({ window: 100 });
    const client = connect();
    hold.reads = false;
    await begin(client);
    for (let at = 0; at < 100; at += 10) await send(client, at, 'x'.repeat(10));
    expect(grants(client)).toHaveLength(1);
    hold.reads = true;
    for (let turns = 0; turns < 30; turns += 1) await turn();
    expect(grants(client).map(({ until }) => until)).toEqual([100, 130, 160, 190]);
  });

  it('names chunks that the connection can take', async () => {
    for (const [maxPayload, expected] of [
      [1_000, 978],
      [10, 1],
      [0, 65_536],
    ] as const) {
      const { connect } = taking({}, undefined, maxPayload);
      const client = connect();
      await begin(client);
      expect(grants(client)).toMatchObject([{ chunk: expected }]);
    }
  });

  it.each<[string, UploadOptions, object, [number, string][], string]>([
    [
      'leaves a gap',
      {},
      {},
      [
        [0, 'abc'],
        [4, 'e'],
      ],
      'BAD_REQUEST',
    ],
    [
      'overlaps',
      {},
      {},
      [
        [0, 'abc'],
        [2, 'cd'],
      ],
      'BAD_REQUEST',
    ],
    ['begins in the middle', {}, {}, [[7, 'abc']], 'BAD_REQUEST'],
    ['is as far as can be', {}, {}, [[2 ** 48 - 1, 'abc']], 'BAD_REQUEST'],
    ['goes beyond what it may', { window: 4 }, {}, [[0, 'abcde']], 'LIMIT_EXCEEDED'],
    ['is longer than it may be', { maxSize: 4 }, {}, [[0, 'abcde']], 'LIMIT_EXCEEDED'],
    ['is longer than it said', {}, { upload: { size: 2 } }, [[0, 'abc']], 'BAD_REQUEST'],
    [
      'is shorter than it said',
      {},
      { upload: { size: 4 } },
      [
        [0, 'abc'],
        [3, ''],
      ],
      'BAD_REQUEST',
    ],
  ])('that %s is refused, and its handler told', async (_, options, more, chunks, code) => {
    const { connect, errors, hub } = taking(options);
    const client = connect();
    await begin(client, more);
    for (const [offset, bytes] of chunks) await send(client, offset, bytes);
    await turn();
    expect(last(client)).toMatchObject(refused(code));
    expect(errors).toMatchObject([{ code }]);
    expect(hub.stats.uploads).toEqual({ running: 0 });
    // What was on its way goes to nobody.
    await send(client, 3, 'def');
    expect(last(client)).toMatchObject(refused(code));
  });

  it('in crumbs is refused after a thousand of them', async () => {
    const { connect } = taking();
    const client = connect();
    await begin(client);
    for (let at = 0; at < 1_024; at += 1)
      client.transport.binary(chunk(grants(client)[0]?.upload ?? '', at, 'x'));
    await turn();
    expect(grants(client)).toHaveLength(1);
    await send(client, 1_024, 'x');
    await send(client, 1_025, 'x');
    await turn();
    expect(last(client)).toMatchObject(refused('LIMIT_EXCEEDED'));
  });

  it.each<[string, object, string]>([
    ['a number', { upload: 5.5 }, 'BAD_ENVELOPE'],
    ['text', { upload: 'x' }, 'BAD_ENVELOPE'],
    ['null', { upload: null }, 'BAD_ENVELOPE'],
    ['a negative size', { upload: { size: -1 } }, 'BAD_ENVELOPE'],
    ['half a byte', { upload: { size: 0.5 } }, 'BAD_ENVELOPE'],
    ['a size as text', { upload: { size: '5' } }, 'BAD_ENVELOPE'],
    ['more than it may', { upload: { size: 2 ** 52 } }, 'LIMIT_EXCEEDED'],
    ['an event that takes none', { event: 'plain' }, 'BAD_REQUEST'],
    ['none where one is expected', { upload: undefined }, 'BAD_REQUEST'],
    ['an event of the wire', { event: '$ack' }, 'BAD_REQUEST'],
  ])('that is %s is refused before it begins', async (_, more, code) => {
    const { connect, hub } = taking();
    const client = connect();
    await begin(client, more);
    expect(last(client)).toMatchObject(refused(code));
    expect(grants(client)).toEqual([]);
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('without an id is a message like any other, and brings nothing', async () => {
    const { connect } = taking();
    const client = connect();
    await begin(client, { id: undefined });
    expect(last(client)).toMatchObject({ event: 'exception', data: { code: 'BAD_REQUEST' } });
  });

  it('of another connection cannot be reached: what begins with its token is a message like any other', async () => {
    const { connect, others, hub } = taking();
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    await begin(ada, { key: 'k' });
    await begin(bob, { key: 'k' });
    const token = grants(ada)[0]?.upload ?? '';
    expect(grants(bob)[0]?.upload).not.toBe(token);
    bob.transport.binary(chunk(token, 0, 'evil'));
    bob.transport.binary(Buffer.from(token, 'hex'));
    bob.transport.binary(Buffer.alloc(0));
    await turn();
    expect(others).toEqual([chunk(token, 0, 'evil'), Buffer.from(token, 'hex'), Buffer.alloc(0)]);
    await send(ada, 0, 'good');
    await send(ada, 4);
    expect(last(ada)).toEqual({ event: 'take', id: 1, data: 4 });
    expect(hub.stats.uploads).toEqual({ running: 1 });
  });

  it('with a key goes on under it on the next connection of the user; what the old one still brings does not count', async () => {
    const { connect, hub } = taking();
    const first = connect({ user: 'ada' });
    await begin(first, { key: 'k' });
    await send(first, 0, 'abc');
    first.transport.end();
    await turn();
    const second = connect({ user: 'ada' });
    await begin(second, { key: 'k', id: 7 });
    expect(grants(second)).toMatchObject([{ id: 7, received: 3 }]);
    expect(grants(second)[0]?.upload).not.toBe(grants(first)[0]?.upload);
    await send(second, 3, 'de');
    await send(second, 5);
    await turn();
    expect(last(second)).toEqual({ event: 'take', id: 7, data: 5 });
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('with a key goes over to the connection that asks last, and ends with none of them', async () => {
    const { connect, errors } = taking();
    const [first, second] = [connect({ user: 'ada' }), connect({ user: 'ada' })];
    await begin(first, { key: 'k' });
    await begin(second, { key: 'k' });
    await send(second, 0, 'abc');
    first.transport.end();
    await turn();
    expect(errors).toEqual([]);
    await send(second, 3);
    await turn();
    expect(last(second)).toEqual({ event: 'take', id: 1, data: 3 });
  });

  it('is cancelled by the connection that came back with it, and not begun again', async () => {
    const { connect, errors, hub } = taking();
    const first = connect({ user: 'ada' });
    await begin(first, { key: 'k' });
    first.transport.end();
    const second = connect({ user: 'ada' });
    await begin(second, { key: 'k' });
    second.transport.event('$cancel', undefined, 1);
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(errors).toMatchObject([{ code: 'CANCELLED' }]);
    expect(last(second)).toMatchObject(refused('CANCELLED'));
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('without a key ends with its connection', async () => {
    const { connect, errors, hub } = taking();
    const client = connect();
    await begin(client);
    client.transport.end();
    await turn();
    expect(errors).toMatchObject([{ code: 'CANCELLED' }]);
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('is given up when nobody comes back with it, also one that nobody reads', async () => {
    const { connect, hub, hold } = taking({ idleTimeout: 40, window: 3 });
    hold.reads = false;
    const client = connect({ user: 'ada' });
    await begin(client, { key: 'k' });
    await send(client, 0, 'abc');
    await new Promise((resolve) => setTimeout(resolve, 150));
    // All that it may send has come: it is not silent.
    expect(hub.stats.uploads).toEqual({ running: 1 });
    client.transport.end();
    await new Promise((resolve) => setTimeout(resolve, 150));
    hold.reads = true;
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(hub.stats.uploads).toEqual({ running: 0 });
  });

  it('has bounds: for a connection, for an owner, for all', async () => {
    const { connect } = taking({ maxPerConnection: 2, maxUploads: 3 });
    const [ada, bob] = [connect({ user: 'ada' }), connect({ user: 'bob' })];
    for (const id of [1, 2]) await begin(ada, { id });
    await begin(ada);
    expect(last(ada)).toMatchObject(refused('LIMIT_EXCEEDED'));
    const other = connect({ user: 'ada' });
    await begin(other);
    expect(last(other)).toMatchObject(refused('UNAVAILABLE'));
    await begin(bob);
    expect(grants(bob)).toHaveLength(1);
    const carl = connect({ user: 'carl' });
    await begin(carl);
    expect(last(carl)).toMatchObject({
      data: { code: 'UNAVAILABLE', details: { retryAfter: 1_000 } },
    });
    bob.transport.end();
    await turn();
    await begin(carl);
    expect(grants(carl)).toHaveLength(1);
  });

  it('counts against no rate: no more comes than was asked for', async () => {
    const { connect } = taking({}, undefined, undefined, { messages: 1, burst: 5 });
    const client = connect();
    await begin(client);
    for (let at = 0; at < 50; at += 1) await send(client, at, 'x');
    await send(client, 50);
    expect(last(client)).toEqual({ event: 'take', id: 1, data: 50 });
  });

  it('goes on while the application closes, as far as there is time', async () => {
    const { connect, hub, errors } = taking();
    const client = connect();
    await begin(client);
    const closing = hub.close({ deadline: 2_000 });
    await turn();
    await send(client, 0, 'abc');
    await send(client, 3);
    await turn();
    expect(client.transport.frames).toContainEqual({ event: 'take', id: 1, data: 3 });
    await closing;
    expect(errors).toEqual([]);
  });

  it('is read once', async () => {
    const router = new MessageRouter([
      {
        event: 'take',
        upload: {},
        async handle(_connection, _data, message) {
          const upload = uploadOf(message);
          const first = upload?.[Symbol.asyncIterator]();
          const reading = first?.next();
          await expect(first?.next()).rejects.toThrow(TypeError);
          expect(() => upload?.[Symbol.asyncIterator]()).toThrow('it is read already');
          await expect(upload?.bytes()).rejects.toThrow('it is read already');
          void reading?.catch(() => {});
          return 'read';
        },
      },
    ]);
    const client = serve({}, { router }).connect();
    client.transport.text(JSON.stringify({ event: 'take', id: 1, upload: {} }));
    await turn();
    expect(last(client)).toEqual({ event: 'take', id: 1, data: 'read' });
  });

  it('that is read on after its call was answered fails: nobody takes a part for the whole', async () => {
    let reading: Promise<unknown> | undefined;
    const router = new MessageRouter([
      {
        event: 'take',
        upload: {},
        handle(_connection, _data, message) {
          reading = uploadOf(message)?.bytes();
          return 'later';
        },
      },
    ]);
    const client = serve({}, { router }).connect();
    client.transport.text(JSON.stringify({ event: 'take', id: 1, upload: {} }));
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(last(client)).toEqual({ event: 'take', id: 1, data: 'later' });
  });

  it('has options that are checked', () => {
    expect(() => taking({ window: 0 })).toThrow(UsageError);
    expect(() => taking({ maxUpload: 1 } as never)).toThrow('maxUploads');
  });
});
