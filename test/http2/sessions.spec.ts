// What else happens on a session while WebSockets are on it, and what it may look like.
import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  createServer,
  type ClientHttp2Session,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer, type WebSocketServerOptions } from 'nestwire/engine';
import {
  askOver,
  closeHttp2,
  listenHttp2,
  openOver,
  openSession,
} from '../../libs/engine/src/testing-fixtures/http2-peers.js';
import {
  closeRawHttp2Clients,
  connectFields,
  FrameType,
  RawHttp2Client,
} from '../../libs/engine/src/testing-fixtures/raw-http2-client.js';
import { rawFrame } from '../../libs/engine/src/testing-fixtures/raw-frame.js';
import { closeRawPeers } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { TEST_CERTIFICATE } from '../../libs/engine/src/testing-fixtures/test-certificate.js';

const { PADDING_STRATEGY_MAX } = constants;
/** Of Node, too; its types do not have it. */
const PADDING_STRATEGY_ALIGNED = 1;
const MASK = [1, 2, 3, 4];

afterEach(async () => {
  closeRawHttp2Clients();
  await closeRawPeers();
  await closeHttp2();
});

/** An echo that keeps its sessions and how its connections ended. */
async function serve(
  http: Http2Server | Http2SecureServer = createServer(),
  options: WebSocketServerOptions = {},
) {
  const server = new WebSocketServer({ ...options, server: http });
  const sessions: ServerHttp2Session[] = [];
  const ends: number[] = [];
  http.on('session', (session: ServerHttp2Session) => sessions.push(session));
  server.on('connection', (ws: WebSocket) => {
    ws.on('message', (data, isBinary) => ws.send(data as Buffer, { binary: isBinary }));
    ws.on('error', () => {});
    ws.on('close', (code) => ends.push(code));
  });
  return { http, server, sessions, ends, port: await listenHttp2(http) };
}

async function client(port: number, session: ClientHttp2Session): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, { session });
  await once(ws, 'open');
  ws.on('error', () => {});
  return ws;
}

async function echoes(ws: WebSocket, text = 'alive'): Promise<void> {
  ws.send(text);
  expect(String((await once(ws, 'message'))[0])).toBe(text);
}

const closed = (ws: WebSocket) => once(ws, 'close').then(([code]) => code as number);

describe('a session with WebSockets', () => {
  it.each([
    ['pads all it can', { paddingStrategy: PADDING_STRATEGY_MAX }],
    ['pads to multiples of 8', { paddingStrategy: PADDING_STRATEGY_ALIGNED }],
    ['takes no pushes', { settings: { enablePush: false } }],
    ['has no table of headers', { settings: { headerTableSize: 0 } }],
    ['takes frames of 1 MiB', { settings: { maxFrameSize: 1_048_576 } }],
    ['has windows of 1,000 bytes at first', { settings: { initialWindowSize: 1_000 } }],
  ])('%s', async (_, options) => {
    const { port } = await serve(createServer({ ...options }));
    for (const session of [await openSession(port, options), await openSession(port)]) {
      const ws = await client(port, session);
      for (const size of [0, 1, 1_000, 16_384, 300_000]) await echoes(ws, 'x'.repeat(size));
    }
  });

  it('is told priorities, which change nothing', async () => {
    const { port } = await serve();
    const raw = await RawHttp2Client.connect(port);
    const priority = Buffer.from([0x80, 0, 0, 0, 255]);
    // Of streams that are idle, open and closed (RFC 9113 5.3.2: to be ignored).
    raw.send(2, 0, 7, priority);
    raw.request(1, connectFields());
    await raw.next(({ type, stream }) => type === FrameType.Headers && stream === 1);
    raw.send(2, 0, 1, priority);
    raw.send(FrameType.Data, 0, 1, rawFrame({ opcode: 1, payload: 'heard', mask: MASK }));
    const { payload } = await raw.next(({ type, stream }) => type === 0 && stream === 1);
    expect(payload.subarray(2).toString()).toBe('heard');
  });

  it('has frames that nobody knows between its own (RFC 9113 5.5)', async () => {
    const { port } = await serve();
    const raw = await RawHttp2Client.connect(port);
    raw.send(0xbe, 0xff, 0, Buffer.alloc(100));
    raw.request(1, connectFields());
    await raw.next(({ type, stream }) => type === FrameType.Headers && stream === 1);
    raw.send(0xbe, 0xff, 1, Buffer.alloc(100));
    raw.send(FrameType.Data, 0, 1, rawFrame({ opcode: 1, payload: 'heard', mask: MASK }));
    await raw.next(({ type, stream }) => type === 0 && stream === 1);
  });

  it('has its windows shut in the middle, and opened again', async () => {
    const { port, server } = await serve();
    const session = await openSession(port);
    const ws = await client(port, session);
    const [served] = server.clients;
    await new Promise<void>((resolve) =>
      session.settings({ initialWindowSize: 0 }, () => resolve()),
    );
    const got = once(ws, 'message');
    served!.send('x'.repeat(100_000));
    // What of the first window was left, and not a byte more.
    await new Promise((resolve) => session.ping(resolve));
    expect(served!.bufferedAmount).toBeGreaterThan(0);
    session.settings({ initialWindowSize: 100_000 });
    expect(String((await got)[0])).toHaveLength(100_000);
    await echoes(ws);
  });

  it.each([
    ['trailers', 5, [['x-late', '1']]],
    ['headers that end nothing', 4, [['x-late', '1']]],
    ['a second request', 4, connectFields()],
  ] as const)('has %s on an open stream: that alone is over', async (_, flags, fields) => {
    const { port, ends } = await serve();
    const raw = await RawHttp2Client.connect(port);
    for (const stream of [1, 3]) {
      raw.request(stream, connectFields());
      await raw.next((frame) => frame.type === FrameType.Headers && frame.stream === stream);
    }
    raw.request(1, fields, flags);
    while (ends.length === 0) await new Promise(setImmediate);
    sendData(raw, 3, { opcode: 1, payload: 'heard' });
    const { payload } = await raw.next(({ type, stream }) => type === 0 && stream === 3);
    expect(payload.subarray(2).toString()).toBe('heard');
    expect(ends).toEqual([1006]);
  });

  it('is closed by either end: what is open goes on, and it ends behind the last', async () => {
    const { port, sessions, ends } = await serve();
    for (const end of ['client', 'server'] as const) {
      const session = await openSession(port);
      const all = [await client(port, session), await client(port, session)];
      const over = once(session, 'close');
      if (end === 'client') session.close();
      else sessions.at(-1)!.close();
      for (const ws of all) await echoes(ws);
      const late = new WebSocket(`ws://127.0.0.1:${port}/`, { session });
      // The server's GOAWAY may not be here yet: then the stream is refused.
      expect(((await once(late, 'error'))[0] as Error).message).toMatch(/session|stream/i);
      const codes = Promise.all(all.map(closed));
      for (const ws of all) ws.close(4_000);
      expect(await codes).toEqual([4_000, 4_000]);
      await over;
    }
    expect(ends).toEqual([4_000, 4_000, 4_000, 4_000]);
  });

  it('is kept when it is silent longer than its server waits, as long as it has some', async () => {
    const http = createServer();
    http.setTimeout(1_500);
    const { port } = await serve(http);
    const session = await openSession(port);
    const ws = await client(port, session);
    // Opened behind it, and ended by the same time.
    await once(await openSession(port), 'close');
    await echoes(ws);
    const over = once(session, 'close');
    ws.close();
    await over;
  });

  it('has GOAWAY name a stream below some: those alone are over', async () => {
    const { port, sessions } = await serve();
    const session = await openSession(port);
    const low = await client(port, session);
    const high = await client(port, session);
    const gone = closed(high);
    sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR, 1);
    expect(await gone).toBe(1006);
    await echoes(low);
  });

  it('ends with an error by GOAWAY: each connection hears it once', async () => {
    const { port, sessions, ends } = await serve();
    const session = await openSession(port);
    const all = [await client(port, session), await client(port, session)];
    const gone = Promise.all(all.map(closed));
    sessions[0]!.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await gone).toEqual([1006, 1006]);
    while (ends.length < 2) await new Promise(setImmediate);
    expect(ends).toEqual([1006, 1006]);
  });

  it('is on a port that speaks HTTP/1.1 beside it', async () => {
    const http = createSecureServer({ ...TEST_CERTIFICATE, allowHTTP1: true });
    const { port, server } = await serve(http);
    const url = `wss://127.0.0.1:${port}/`;
    const session = await openSession(`https://127.0.0.1:${port}`);
    const both = [
      new WebSocket(url, { session }),
      new WebSocket(url, { rejectUnauthorized: false }),
    ];
    await Promise.all(both.map((ws) => once(ws, 'open')));
    for (const ws of both) await echoes(ws);
    expect(server.clients.size).toBe(2);
    for (const ws of both) ws.terminate();
  });

  it('has listeners of the application for all streams: they hear of what is not ours', async () => {
    const http = createServer();
    const heard: unknown[] = [];
    const answer = (stream: ServerHttp2Stream, headers: Record<string, unknown>): void => {
      heard.push(headers[':path']);
      stream.respond({ ':status': 202 }, { endStream: true });
    };
    // Both before our server is there, and after.
    http.on('stream', answer);
    const { port } = await serve(http, { path: '/ws' });
    const session = await openSession(port);
    await openOver(session, { ':path': '/ws' });
    expect(await askOver(session, { ':path': '/else' }).answer).toMatchObject({ ':status': 202 });
    http.removeListener('stream', answer);
    http.prependListener('stream', answer);
    await openOver(session, { ':path': '/ws' });
    const page = session.request({ ':path': '/page' });
    expect((await once(page, 'response'))[0]).toMatchObject({ ':status': 202 });
    expect(heard).toEqual(['/else', '/page']);
  });
});

function sendData(
  raw: RawHttp2Client,
  stream: number,
  frame: Parameters<typeof rawFrame>[0],
): void {
  raw.send(FrameType.Data, 0, stream, rawFrame({ mask: MASK, ...frame }));
}

describe('a client that resets its stream', () => {
  /** RFC 9113 7, and one that it does not name. */
  const CODES = [0, 1, 2, 5, 7, 8, 11, 0xfe];
  /** What is done before the reset, by the state it leaves the connection in. */
  const STATES: Readonly<Record<string, (raw: RawHttp2Client, stream: number) => unknown>> = {
    open: () => {},
    'in the middle of a frame': (raw, stream) =>
      raw.send(FrameType.Data, 0, stream, rawFrame({ opcode: 1, payload: 'half', mask: MASK }).subarray(0, 7)), // prettier-ignore
    'in the middle of a message': (raw, stream) =>
      sendData(raw, stream, { opcode: 1, payload: 'half', fin: false }),
    'behind its Close': (raw, stream) => sendData(raw, stream, { opcode: 8, payload: Buffer.from([3, 232]) }), // prettier-ignore
    'behind a violation': (raw, stream) => sendData(raw, stream, { opcode: 3 }),
    'behind its end': (raw, stream) => raw.send(FrameType.Data, 1, stream),
    'with an answer on its way': (raw, stream) =>
      sendData(raw, stream, { opcode: 1, payload: 'x'.repeat(10_000) }),
  };

  it.each(Object.keys(STATES))('%s', async (state) => {
    const { port, ends, server } = await serve();
    const other = await client(port, await openSession(port));
    const raw = await RawHttp2Client.connect(port);
    for (const [index, code] of CODES.entries()) {
      const stream = 1 + 2 * index;
      raw.request(stream, connectFields());
      await raw.next((frame) => frame.type === FrameType.Headers && frame.stream === stream);
      STATES[state]!(raw, stream);
      raw.send(FrameType.Reset, 0, stream, Buffer.from([0, 0, 0, code]));
    }
    while (ends.length < CODES.length) await new Promise(setImmediate);
    const allowed = { 'behind its Close': [1000, 1006], 'behind a violation': [1002, 1006] }[state] ?? [1006]; // prettier-ignore
    expect(ends.filter((code) => !allowed.includes(code))).toEqual([]);
    expect([ends.length, server.clients.size, raw.socket.destroyed]).toEqual([8, 1, false]);
    await echoes(other);
  });

  it('before the answer', async () => {
    const decide: (() => void)[] = [];
    const verifyClient = (_info: unknown, done: (result: boolean) => void) =>
      void decide.push(() => done(true));
    const { port, server } = await serve(createServer(), { verifyClient });
    const raw = await RawHttp2Client.connect(port);
    for (const [index, code] of CODES.entries()) {
      raw.request(1 + 2 * index, connectFields());
      while (decide.length <= index) await new Promise(setImmediate);
      raw.send(FrameType.Reset, 0, 1 + 2 * index, Buffer.from([0, 0, 0, code]));
    }
    const alive = new Promise<void>(
      (resolve) => void once(raw.socket, 'data').then(() => resolve()),
    );
    raw.send(FrameType.Ping, 0, 0, Buffer.alloc(8));
    await alive;
    for (const one of decide) one();
    expect([server.clients.size, raw.socket.destroyed]).toEqual([0, false]);
  });
});
