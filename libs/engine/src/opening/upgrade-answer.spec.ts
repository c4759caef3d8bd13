import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { diagnostics } from '../runtime/diagnostics.js';
import { TEST_MASK, clientText, rawFrame } from '../testing-fixtures/raw-frame.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';
import { StreamAnswer, connectRequest, readConnect } from '../testing-fixtures/stream-answer.js';
import {
  UpgradeRequest,
  type AcceptOptions,
  type UpgradeOptions,
} from '../upgrade/upgrade-request.js';

const streams: Duplex[] = [];

afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy();
});

interface Upgrading extends UpgradeOptions {
  headers?: Record<string, string>;
  early?: Buffer;
}

/** An extended CONNECT that has arrived by one end of a stream; `client` is the other end. */
function arriving({ headers, early = Buffer.alloc(0), ...options }: Upgrading = {}) {
  const [stream, client] = duplexPair();
  streams.push(stream);
  const answer = new StreamAnswer(stream);
  const request = connectRequest(headers);
  const upgrade = UpgradeRequest.take(request, readConnect(request), answer, early, options)!;
  return { stream, client, answer, upgrade, request };
}

async function read(client: Duplex): Promise<Buffer> {
  const [chunk] = (await once(client, 'data')) as [Buffer];
  return chunk;
}

describe('an upgrade whose answer is not of HTTP/1.1', () => {
  it('tells the same facts', () => {
    const { upgrade } = arriving({
      headers: { origin: 'https://example.org', 'sec-websocket-protocol': 'b, a' },
    });
    const { path, protocols, origin, secure, opening } = upgrade;
    expect({ path, protocols, origin, secure }).toEqual({
      path: '/chat',
      protocols: ['b', 'a'],
      origin: 'https://example.org',
      secure: true,
    });
    expect([opening.url, opening.host, opening.peerAddress]).toEqual([
      '/chat?room=1',
      'example.org',
      '192.0.2.1',
    ]);
  });

  it('is accepted: the stream becomes the connection, and no head is among its bytes', async () => {
    const { upgrade, answer, client } = arriving({
      headers: {
        'sec-websocket-protocol': 'a, b',
        'sec-websocket-extensions': 'permessage-deflate',
      },
      perMessageDeflate: {},
    });
    const listener = new RecordingListener();
    const transport = upgrade.accept({ listener, protocol: 'b', headers: { 'Set-Cookie': 'x=1' } });
    expect(answer.heads).toEqual([
      {
        status: 200,
        headers: [
          ['sec-websocket-protocol', 'b'],
          [
            'sec-websocket-extensions',
            'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
          ],
          ['set-cookie', 'x=1'],
        ],
        body: '',
      },
    ]);
    client.write(clientText('hello'));
    await listener.until(() => listener.texts.length > 0);
    transport.sendText('hi');
    expect(await read(client)).toEqual(rawFrame({ opcode: 1, payload: 'hi' }));
    expect([upgrade.settled, transport.protocol]).toEqual([true, 'b']);
    client.end();
    expect((await listener.closed()).code).toBe(1006);
  });

  it('is not accepted with what would break the response, and waits on', () => {
    const { upgrade, answer } = arriving({ headers: { 'sec-websocket-protocol': 'a' } });
    const listener = new RecordingListener();
    const wrong: Partial<AcceptOptions>[] = [
      { protocol: 'b' },
      { headers: { 'X-Bad': 'a\r\nb' } },
      { headers: { 'Sec-WebSocket-Accept': 'x' } },
      { limits: { maxPayload: -1 } },
    ];
    for (const options of wrong) {
      expect(() => upgrade.accept({ listener, ...options })).toThrow(UsageError);
    }
    expect([answer.heads, upgrade.settled]).toEqual([[], false]);
  });

  it('is refused, once', async () => {
    const { upgrade, answer, client } = arriving();
    expect(() => upgrade.reject(200)).toThrow(UsageError);
    upgrade.reject(403, { message: 'No', headers: { 'X-Why': 'because', Upgrade: 'websocket' } });
    expect(answer.heads).toEqual([
      {
        status: 403,
        headers: [
          ['x-why', 'because'],
          ['content-type', 'text/plain; charset=utf-8'],
        ],
        body: 'No',
      },
    ]);
    expect(() => upgrade.reject(403)).toThrow('it is rejected already');
    const listener = new RecordingListener();
    expect(() => upgrade.accept({ listener })).toThrow('it is rejected already');
    client.resume();
    await once(client, 'end');
  });

  it('is refused with what its headers have wrong, unless somebody else answers', () => {
    const statuses: unknown[] = [];
    const seen = (message: unknown) => void statuses.push((message as { status: number }).status);
    diagnostics.refused.subscribe(seen);
    const bad = { 'sec-websocket-version': '12' };
    const { upgrade, answer } = arriving({ headers: bad });
    expect(upgrade).toBeNull();
    expect(answer.heads.map(({ status, headers }) => [status, headers[0]])).toEqual([
      [426, ['sec-websocket-version', '13']],
    ]);
    expect(arriving({ headers: bad, refused: () => true }).answer.heads).toEqual([]);
    diagnostics.refused.unsubscribe(seen);
    expect(statuses).toEqual([426, 426]);
  });

  it('is taken once', () => {
    const { answer, request } = arriving();
    const again = () => UpgradeRequest.take(request, readConnect(request), answer, Buffer.alloc(0));
    expect(again).toThrow('called more than once');
  });

  it.each([
    ['ends its side', (client: Duplex) => void client.end()],
    ['is cut off', (_client: Duplex, stream: Duplex) => void stream.destroy(new Error('reset'))],
  ])('is over when the client %s', async (_how, leave) => {
    const { upgrade, answer, client, stream } = arriving();
    const aborted = new Promise<void>((resolve) => upgrade.onAbort(resolve));
    await turn();
    leave(client, stream);
    await aborted;
    expect([upgrade.settled, stream.destroyed]).toEqual([true, true]);
    upgrade.reject(403);
    const listener = new RecordingListener();
    expect(() => upgrade.accept({ listener })).toThrow('it is aborted already');
    expect(answer.heads).toEqual([]);
  });

  it('is over when the time is up: the client is told 503', async () => {
    const { upgrade, answer } = arriving({ handshakeTimeout: 30 });
    await new Promise<void>((resolve) => upgrade.onAbort(resolve));
    expect(upgrade.settled).toBe(true);
    expect(answer.heads.map(({ status, body }) => [status, body])).toEqual([
      [503, 'The handshake was not decided in time'],
    ]);
    upgrade.reject(403);
    expect(answer.heads).toHaveLength(1);
  });

  it('loses nothing that came with the request, or while the decision was pending', async () => {
    const { upgrade, client } = arriving({ early: clientText('with') });
    await turn();
    client.write(clientText('while'));
    await turn();
    const listener = new RecordingListener();
    upgrade.accept({ listener });
    client.write(clientText('after'));
    await listener.until(() => listener.texts.length === 3);
    expect(listener.texts).toEqual(['with', 'while', 'after']);
  });

  it('holds little of what a client sends before the decision', async () => {
    const { upgrade, client, stream } = arriving();
    await turn();
    const payload = Buffer.alloc(1024 * 1024, 7);
    const message = rawFrame({ opcode: 2, payload, mask: TEST_MASK });
    const CHUNK = 16 * 1024;
    let written = 0;
    for (; !stream.isPaused(); written += CHUNK) {
      client.write(message.subarray(written, written + CHUNK));
      await turn();
    }
    expect(written).toBeLessThan(128 * 1024);
    const listener = new RecordingListener();
    upgrade.accept({ listener });
    client.write(message.subarray(written));
    await listener.until(() => listener.calls.length > 0);
    const [call] = listener.calls;
    expect(call?.name === 'binary' && call.payload.equals(payload)).toBe(true);
  });
});
