import { describe, expect, it } from '@jest/globals';
import { connectLean } from '../connect-lean.js';
import type { ClientError } from '../support/client-error.js';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import { upload } from './upload.js';
import type { UploadOptions, UploadSource } from './upload-options.js';

type Frame = Record<string, unknown>;

const TOKEN = '000102030405060708090a0b0c0d0e0f';
const OTHER = 'f'.repeat(32);
const token = Array.from({ length: 16 }, (_, at) => at);

/** A client that uploads, and the server it talks to. */
function uploading(source: UploadSource, options: UploadOptions = {}) {
  const scripts = scripted();
  ScriptedSocket.last.open();
  const ended: { answer?: unknown; error?: unknown } = {};
  scripts.client.upload('file', source, undefined, options).then(
    (answer) => (ended.answer = answer),
    (error: unknown) => (ended.error = error),
  );
  return { ...scripts, ended, socket: ScriptedSocket.last };
}

const call = ({ said }: ScriptedSocket): Frame => said.find(({ event }) => event === 'file') ?? {};
const chunks = ({ said }: ScriptedSocket): number[][] =>
  said.filter((frame) => 'bytes' in frame).map(({ bytes }) => bytes as number[]);

async function grant(socket: ScriptedSocket, more: Frame = {}): Promise<void> {
  const { id } = call(socket);
  const data = { id, upload: TOKEN, received: 0, until: 100, chunk: 4, ...more };
  socket.says({ event: '$upload', data });
  for (let turns = 0; turns < 6; turns += 1) await settled();
}

async function* flowing(...parts: number[][]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await Promise.resolve();
    yield Uint8Array.from(part);
  }
}

describe('an upload', () => {
  it('is a call with a key and a size, and sends nothing before it is let', async () => {
    const { socket, ended } = uploading(Uint8Array.of(1, 2, 3, 4, 5));
    await settled();
    expect(call(socket)).toMatchObject({
      id: expect.any(Number),
      key: expect.stringMatching(/^.{32,128}$/),
      upload: { size: 5 },
    });
    expect(chunks(socket)).toEqual([]);
    await grant(socket);
    expect(chunks(socket)).toEqual([
      [...token, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
      [...token, 0, 0, 0, 0, 0, 4, 5],
      [...token, 0, 0, 0, 0, 0, 5],
    ]);
    socket.says({ event: 'file', id: call(socket)['id'], data: 'done' });
    await settled();
    expect(ended).toEqual({ answer: 'done' });
  });

  it('goes as far as it is let, and on when it is let further', async () => {
    const { socket } = uploading(flowing([1, 2, 3], [4, 5]), { chunkSize: 2 });
    await settled();
    expect(call(socket)['upload']).toEqual({});
    await grant(socket, { until: 3 });
    expect(chunks(socket).map((bytes) => bytes.slice(21))).toEqual([
      [0, 1, 2],
      [2, 3],
    ]);
    await grant(socket, { received: 3, until: 5 });
    expect(chunks(socket)).toHaveLength(3);
    // That it ends here is known when more is asked for.
    await grant(socket, { received: 5, until: 6 });
    expect(chunks(socket).at(-1)).toEqual([...token, 0, 0, 0, 0, 0, 5]);
  });

  it('goes on elsewhere from where the server is; a stream as far as what it had not confirmed', async () => {
    const { client, socket, ended } = uploading(flowing([1, 2, 3], [4, 5, 6]));
    await settled();
    await grant(socket, { until: 4 });
    client.reconnect();
    const next = ScriptedSocket.last;
    next.open();
    await settled();
    expect(call(next)['key']).toBe(call(socket)['key']);
    await grant(next, { upload: OTHER, received: 2, until: 6 });
    expect(chunks(next)[0]).toEqual([...Array<number>(16).fill(255), 0, 0, 0, 0, 0, 2, 3, 4, 5, 6]);
    await grant(next, { upload: OTHER, received: 5, until: 6 });
    await grant(next, { upload: TOKEN, received: 0, until: 6 });
    expect(ended).toMatchObject({ error: { code: 'NOT_RESUMABLE' } });
    expect(next.said.at(-1)).toEqual({ event: '$cancel', id: call(next)['id'] });
  });

  it.each<[string, Frame]>([
    ['no token', { upload: undefined }],
    ['a token that is none', { upload: 'x'.repeat(32) }],
    ['a short token', { upload: 'ff' }],
    ['a negative offset', { received: -1 }],
    ['text', { until: '100' }],
    ['no chunk', { chunk: 0 }],
    ['half a chunk', { chunk: 0.5 }],
    ['another call', { id: 77 }],
  ])('is not let by a server that says %s', async (_, more) => {
    const { socket, ended, errors } = uploading(Uint8Array.of(1));
    await settled();
    await grant(socket, more);
    expect([chunks(socket), ended, errors]).toEqual([[], {}, []]);
    await grant(socket);
    expect(chunks(socket)).toHaveLength(2);
  });

  it('reads no source to its end for a server that has more than was sent', async () => {
    let read = 0;
    const endless = (async function* () {
      for (;;) {
        read += 1;
        yield new Uint8Array(10_000);
      }
    })();
    const { socket, ended } = uploading(endless);
    await settled();
    await grant(socket, { received: 2 ** 40, until: 2 ** 41 });
    expect(ended).toMatchObject({ error: { code: 'BAD_ANSWER' } });
    expect(read).toBe(0);
  });

  it('lets other messages go first while much waits in the socket', async () => {
    const { socket, clock } = uploading(Uint8Array.of(1, 2));
    await settled();
    socket.bufferedAmount = 131_073;
    await grant(socket);
    clock.pass(1_000);
    await settled();
    expect(chunks(socket)).toEqual([]);
    socket.bufferedAmount = 0;
    for (let turns = 0; turns < 6; turns += 1) {
      clock.pass(10);
      await settled();
    }
    expect(chunks(socket)).toHaveLength(2);
  });

  it('waits for its turn, three going at a time', async () => {
    const { client } = scripted();
    const socket = ScriptedSocket.last.open();
    const abort = new AbortController();
    const uploads = [1, 2, 3, 4, 5].map((n) =>
      client.upload('file', Uint8Array.of(n), n, n === 4 ? { signal: abort.signal } : {}),
    );
    await settled();
    const begun = (): unknown[] =>
      socket.said.filter(({ event }) => event === 'file').map(({ data }) => data);
    expect(begun()).toEqual([1, 2, 3]);
    abort.abort('never mind');
    await expect(uploads[3]).rejects.toMatchObject({ code: 'ABORTED', cause: 'never mind' });
    socket.says({
      event: 'exception',
      id: call(socket)['id'],
      data: { code: 'NO', message: 'No' },
    });
    await expect(uploads[0]).rejects.toMatchObject({ code: 'NO' });
    await settled();
    expect(begun()).toEqual([1, 2, 3, 5]);
    client.close();
    for (const one of [1, 2, 4])
      await expect(uploads[one]).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('has its timeout for all of it, the wait for its turn included', async () => {
    const { client, clock } = scripted();
    const socket = ScriptedSocket.last.open();
    const uploads = [1, 2, 3, 4, 5].map((n) =>
      client.upload('file', Uint8Array.of(n), n, n === 1 ? {} : { timeout: n * 1_000 }),
    );
    const codes: unknown[] = [];
    for (const [at, one] of uploads.entries()) {
      one.catch(({ code }: ClientError) => codes.push(at + 1, code));
    }
    await settled();
    clock.pass(2_000);
    await settled();
    // The second one was answered by nobody in time, and the fourth has its turn, and two seconds.
    expect(codes).toEqual([2, 'TIMEOUT']);
    clock.pass(1_999);
    await settled();
    expect(codes).toEqual([2, 'TIMEOUT', 3, 'TIMEOUT']);
    clock.pass(1);
    await settled();
    expect(codes.slice(4)).toEqual([4, 'TIMEOUT']);
    const waiting = [6, 7].map((n) => client.upload('file', Uint8Array.of(n), n));
    const late = client.upload('file', Uint8Array.of(8), 8, { timeout: 500 });
    const told = late.catch(({ code, message }: ClientError) => [code, message]);
    clock.pass(500);
    expect(await told).toEqual(['EXPIRED', 'Cannot upload: others took all of the time']);
    const begun = socket.said.filter(({ event }) => event === 'file').map(({ data }) => data);
    expect(begun).not.toContain(8);
    client.close();
    await Promise.allSettled([...uploads, ...waiting]);
  });

  it('is done by a lean client as well; what a progress listener throws is reported', async () => {
    ScriptedSocket.all = [];
    const errors: unknown[] = [];
    const client = connectLean('ws://server/board', {
      WebSocket: ScriptedSocket,
      onError: (error) => errors.push(error),
    });
    const socket = ScriptedSocket.last.open();
    const done = upload(client, 'file', new ArrayBuffer(1), undefined, {
      onProgress() {
        throw new Error('no');
      },
    });
    await settled();
    await grant(socket);
    socket.says({ event: 'file', id: call(socket)['id'], data: 1 });
    expect(await done).toBe(1);
    expect(errors).toMatchObject([{ message: 'no' }, { message: 'no' }]);
    client.close();
  });
});
