import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, ClientError, type Client } from '../index.js';
import { fakeServer, type FakeServer, type FakeUpload } from './index.js';

interface Board {
  calls: { move(): string };
  uploads: { picture(data: { card: string }): number };
}

const clients: Client<Board>[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function open(): Promise<{ server: FakeServer<Board>; client: Client<Board> }> {
  const server = fakeServer<Board>();
  const client = connect<Board>('ws://test/board', {
    WebSocket: server.WebSocket,
    backoff: { first: 0 },
  });
  clients.push(client);
  await client.opened();
  return { server, client };
}

/** A handler that reads as the test says. */
function byHand(server: FakeServer<Board>) {
  const seen: { upload: FakeUpload; signal: AbortSignal; end: (answer: number) => void }[] = [];
  server.onUpload('picture', (upload, _data, { signal }) => {
    const answer = new Promise<number>((resolve) => seen.push({ upload, signal, end: resolve }));
    return answer;
  });
  return seen;
}

const BYTES = new Uint8Array(400_000).fill(7);

describe('an upload to the fake server', () => {
  it('brings its data, what it is, and all bytes', async () => {
    const { server, client } = await open();
    const taken: unknown[] = [];
    server.onUpload('picture', async (upload, { card }) => {
      const bytes = await upload.bytes();
      taken.push(
        card,
        upload.size,
        upload.received,
        bytes.every((byte) => byte === 7),
      );
      return bytes.length;
    });
    expect(await client.upload('picture', BYTES, { card: 'a' })).toBe(400_000);
    expect(taken).toEqual(['a', 400_000, 400_000, true]);
    expect(server.received('picture')).toEqual([{ card: 'a' }]);
  });

  it('comes no faster than it is read, holds up no call, and may be answered before its end', async () => {
    const { server, client } = await open();
    server.onCall('move', () => 'moved');
    const seen = byHand(server);
    const steps: number[] = [];
    const sending = client.upload(
      'picture',
      BYTES,
      { card: 'a' },
      { onProgress: ({ sent }) => steps.push(sent) },
    );
    await server.settled();
    const [{ upload, end } = { upload: undefined, end: undefined }] = seen;
    expect([steps, upload?.received]).toEqual([[], 0]);
    const reader = upload?.[Symbol.asyncIterator]();
    await reader?.next();
    await server.settled();
    expect(upload?.received).toBeGreaterThan(200_000);
    expect(upload?.received).toBeLessThan(400_000);
    expect(await client.call('move')).toBe('moved');
    end?.(3);
    expect(await sending).toBe(3);
    expect(steps[0]).toBe(0);
  });

  it('goes on in the same run after a cut', async () => {
    const { server, client } = await open();
    const seen = byHand(server);
    const sending = client.upload('picture', BYTES, { card: 'a' });
    await server.settled();
    const [{ upload, signal, end } = { upload: undefined, signal: undefined, end: undefined }] =
      seen;
    const reader = upload?.[Symbol.asyncIterator]();
    const first = await reader?.next();
    server.drop();
    await client.opened();
    let length = first?.value?.length ?? 0;
    for (let next = await reader?.next(); next?.done === false; next = await reader?.next()) {
      length += next.value.length;
    }
    end?.(length);
    expect(await sending).toBe(400_000);
    expect([seen.length, signal?.aborted]).toEqual([1, false]);
  });

  it('fails for its reader when the client cancels', async () => {
    const { server, client } = await open();
    const seen = byHand(server);
    const abort = new AbortController();
    const sending = client.upload('picture', BYTES, { card: 'a' }, { signal: abort.signal });
    await server.settled();
    const reader = seen[0]?.upload[Symbol.asyncIterator]();
    await reader?.next();
    abort.abort();
    await expect(sending).rejects.toMatchObject({ code: 'ABORTED' });
    await server.settled();
    await expect(reader?.next()).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it.each([
    [401, 'SIGNED_OUT'],
    [403, 'REFUSED'],
  ])(
    'ends with a client that is not let in again (%d), and not the next one',
    async (status, code) => {
      const { server, client } = await open();
      const seen = byHand(server);
      const sending = client.upload('picture', BYTES, { card: 'a' });
      await server.settled();
      await seen[0]?.upload[Symbol.asyncIterator]().next();
      server.refuse(status);
      server.drop();
      await expect(sending).rejects.toMatchObject({ code });
      server.admit();
      client.connect();
      server.onUpload('picture', async (upload) => (await upload.bytes()).length);
      expect(await client.upload('picture', BYTES, { card: 'a' })).toBe(400_000);
    },
  );

  it('is refused as the handler says, and read once', async () => {
    const { server, client } = await open();
    server.onUpload('picture', () => {
      throw new ClientError('TOO_UGLY', 'No');
    });
    await expect(client.upload('picture', BYTES, { card: 'a' })).rejects.toMatchObject({
      code: 'TOO_UGLY',
    });
    const seen = byHand(server);
    void client.upload('picture', BYTES, { card: 'a' }).catch(() => {});
    await server.settled();
    void seen[0]?.upload.bytes().catch(() => {});
    await expect(seen[0]?.upload.bytes()).rejects.toThrow('it is read already');
  });
});
