import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Role } from '../protocol/protocol.js';
import { openOn } from '../testing-fixtures/open-transport.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { closeTlsPairs, tlsPair } from '../testing-fixtures/tls-pair.js';
import { ReadyState } from './transport.js';

const PAIRS = { TCP: socketPair, TLS: tlsPair };
const CASES = (['server', 'client'] as const).flatMap((role) =>
  (['TCP', 'TLS'] as const).map((kind): [Role, 'TCP' | 'TLS'] => [role, kind]),
);
const TIMES = { pingInterval: 60, pongTimeout: 120, closeTimeout: 150 };

afterEach(async () => {
  closeTlsPairs();
  await closeSocketPairs();
});

describe.each(CASES)('the peer of a paused %s over %s', (role, kind) => {
  async function openPaused(options = {}) {
    const { near, far } = await PAIRS[kind]();
    far.on('error', () => {});
    const opened = openOn(near, { role, ...TIMES, ...options });
    await new Promise((resolve) => setImmediate(resolve));
    opened.transport.pause();
    return { ...opened, near, far, send: (text: string) => sendText(far, role, text) };
  }

  it('is noticed when it sends a FIN', async () => {
    const { listener, far } = await openPaused();
    far.end();
    expect(await listener.closed()).toMatchObject({ code: 1006, wasClean: false });
    expect(listener.names).toEqual(['close']);
  });

  it('is noticed when it sends a FIN and nobody asked for pings', async () => {
    const { transport, listener, far } = await openPaused({ pingInterval: 0 });
    far.end();
    await wait(50);
    expect(transport.readyState).toBe(ReadyState.Open);
    // What the wheel does after half a minute.
    transport.look();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
  });

  it('is noticed when it resets the connection', async () => {
    const { listener, far } = await openPaused();
    if (kind === 'TCP') far.resetAndDestroy();
    else far.destroy();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
  });

  it('is noticed when it falls silent', async () => {
    const { listener, far } = await openPaused();
    far.resume();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
    expect(listener.errorCodes).toEqual(['WS_ERR_PONG_TIMEOUT']);
  });

  it('may take its time with a pong behind what nobody has taken', async () => {
    const { transport, listener, near, far, send } = await openPaused();
    far.resume();
    for (let index = 0; index < 200; index++) send('x'.repeat(40_000));
    await wait(600);
    expect(transport.readyState).toBe(ReadyState.Open);
    // What may be held, and one read beyond it.
    expect(near.bytesRead).toBeLessThan((64 + 256 + 64) * 1024);
    transport.resume();
    await listener.until(() => listener.texts.length === 200);
    transport.terminate();
  });

  it('stays while it answers pings, and loses nothing of what it said', async () => {
    const { transport, listener, far, send } = await openPaused();
    const other = openOn(far, { role: role === 'server' ? 'client' : 'server' });
    send('one');
    await wait(500);
    other.transport.sendText('two');
    await wait(300);
    expect([transport.readyState, listener.names]).toEqual([ReadyState.Open, []]);
    transport.resume();
    await listener.until(() => listener.texts.length === 2);
    expect(listener.texts).toEqual(['one', 'two']);
    transport.terminate();
    other.transport.terminate();
  });

  it('has its last messages handed out when the connection resumes in time', async () => {
    const { transport, listener, far, send } = await openPaused({ closeTimeout: 10_000 });
    send('last');
    far.end();
    await wait(300);
    expect(listener.names).toEqual([]);
    transport.resume();
    await listener.closed();
    expect(listener.texts).toEqual(['last']);
  });

  it('is waited for as long as the application likes where nobody asked for pings', async () => {
    const { transport, listener, far, send } = await openPaused({ pingInterval: 0 });
    send('last');
    far.end();
    transport.look();
    await wait(50);
    transport.look();
    await wait(2 * TIMES.closeTimeout);
    expect([transport.readyState, listener.names]).toEqual([ReadyState.Open, []]);
    transport.resume();
    await listener.closed();
    expect(listener.texts).toEqual(['last']);
  });

  it('is not waited for longer than closing may take, whatever it said last', async () => {
    const { listener, far, send } = await openPaused();
    send('last');
    far.end();
    expect(await listener.closed()).toMatchObject({ code: 1006 });
    expect(listener.texts).toEqual([]);
  });
});

function sendText(far: Socket, role: Role, payload: string): void {
  far.write(framesTo(role, { opcode: 1, payload }));
}
