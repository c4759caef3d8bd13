import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Role } from '../protocol/protocol.js';
import { openOnSlowDuplex } from '../testing-fixtures/open-transport.js';
import { rawClosePayload, type RawFrame } from '../testing-fixtures/raw-frame.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { TEST_CERTIFICATE } from '../testing-fixtures/test-certificate.js';
import { WebSocket } from '../ws/websocket.js';
import { WebSocketServer } from '../ws/websocket-server.js';
import { ReadyState } from './transport.js';

const TEXTS = ['one', 'two', 'three', 'four'];
const FRAMES: RawFrame[] = TEXTS.map((payload) => ({ opcode: 1, payload }));
const CLOSE: RawFrame = { opcode: 8, payload: rawClosePayload(1000) };
const BOTH: [Role][] = [['server'], ['client']];

describe('TLS with compression', () => {
  it.each(BOTH)('hands out all that came before the FIN to a %s that inflates', async (reader) => {
    const server = createServer(TEST_CERTIFICATE);
    const wss = new WebSocketServer({ server, perMessageDeflate: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(wss, 'connection');
    const client = new WebSocket(`wss://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      rejectUnauthorized: false,
      perMessageDeflate: true,
    });
    const [[ws]] = (await Promise.all([accepted, once(client, 'open')])) as [[WebSocket], unknown];
    const [from, to] = reader === 'server' ? [client, ws] : [ws, client];
    let count = 0;
    to.on('message', () => {
      if (++count === 1) to.close(1000);
    });
    for (let index = 0; index < 300; index++)
      from.send(randomBytes(64).toString('hex').repeat(200));
    const [code] = (await once(to, 'close')) as [number];
    expect([count, code]).toEqual([300, 1000]);
    wss.close();
    server.close();
  });
});

describe.each(BOTH)('what a %s has received when its peer ends', (role) => {
  const open = (options = {}) => openOnSlowDuplex({ role, maxFramesPerTurn: 1, ...options });

  it.each<[string, (socket: { push(chunk: null): void; destroy(): void }) => void]>([
    ['a FIN', (socket) => socket.push(null)],
    ['the end of the socket', (socket) => socket.destroy()],
    ['both', (socket) => (socket.push(null), socket.destroy())],
  ])('is handed out in turns before %s is told', async (_name, end) => {
    const { socket, listener, receive } = open();
    await turn();
    receive(...FRAMES, CLOSE);
    end(socket);
    expect(listener.texts).toHaveLength(1);
    if (role === 'client') setImmediate(() => socket.push(null));
    expect(await listener.closed()).toMatchObject({ code: 1000 });
    expect(listener.texts).toEqual(TEXTS);
  });

  it.each(['a FIN', 'the end of the socket'])('waits for a paused connection: %s', async (how) => {
    const { transport, socket, listener, receive } = open();
    await turn();
    listener.react = (call) => {
      if (call.name === 'text' && call.text === 'one') transport.pause();
    };
    receive(...FRAMES, CLOSE);
    if (how === 'a FIN') socket.push(null);
    else socket.destroy();
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(listener.names).toEqual(['text']);
    transport.resume();
    if (how === 'a FIN') setImmediate(() => socket.destroy());
    expect(await listener.closed()).toMatchObject({ code: 1000 });
    expect(listener.texts).toEqual(TEXTS);
  });

  it('waits when a listener pauses at the very last message', async () => {
    const { transport, socket, listener, receive } = open();
    await turn();
    listener.react = (call) => {
      if (call.name === 'text' && call.text === 'four') transport.pause();
    };
    receive(...FRAMES, CLOSE);
    socket.destroy();
    await listener.until(() => listener.texts.length === 4);
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(listener.names).not.toContain('close');
    transport.resume();
    expect(await listener.closed()).toMatchObject({ code: 1000 });
  });

  it('is what the stream still held, too', async () => {
    const { transport, socket, listener } = open();
    await turn();
    transport.pause();
    socket.push(framesTo(role, ...FRAMES));
    socket.destroy();
    await turn();
    transport.resume();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
    expect(listener.texts).toEqual(TEXTS);
  });

  it('is dropped when nobody resumes within the time of the closing handshake', async () => {
    const { transport, socket, listener, receive } = open({ closeTimeout: 40 });
    await turn();
    transport.pause();
    receive(...FRAMES);
    socket.destroy();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
    expect(listener.texts).toEqual([]);
    expect(transport.readyState).toBe(ReadyState.Closed);
  });

  it('may break the protocol, which is told once, as the end is', async () => {
    const { socket, listener, receive } = open();
    await turn();
    receive(FRAMES[0]!, FRAMES[1]!, { opcode: 3, payload: '' });
    socket.destroy();
    expect(await listener.closed()).toMatchObject({ code: 1002 });
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(listener.names).toEqual(['text', 'text', 'error', 'close']);
  });

  it.each(['terminate', 'close'] as const)('may be given up by %s', async (how) => {
    const { transport, socket, listener, receive } = open();
    await turn();
    transport.pause();
    receive(...FRAMES);
    socket.destroy();
    await turn();
    expect(transport.readyState).toBe(ReadyState.Closing);
    transport[how]();
    if (how === 'close') transport.resume();
    await listener.closed();
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(listener.names.filter((name) => name === 'close')).toHaveLength(1);
  });
});
