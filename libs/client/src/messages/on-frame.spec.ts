import { describe, expect, it } from '@jest/globals';
import { scripted, settled } from '../testing-fixtures/scripted-client.js';
import { ScriptedSocket } from '../testing-fixtures/scripted-socket.js';
import type { FrameDirection } from './on-frame.js';

const sockets = ScriptedSocket;

describe('who listens to frames', () => {
  it('sees each of them, as it is on the wire, and in which direction it went', async () => {
    const { client } = scripted();
    const seen: [FrameDirection, object][] = [];
    client.onFrame((frame, direction) => seen.push([direction, frame]));
    const called = client.call('add', [1, 2], { key: 'k' });
    const socket = sockets.last.open();
    socket.says({ event: 'add', data: 3, id: 1 });
    socket.says({ event: 'said', data: false, at: { room: 'r', epoch: 'e', offset: 1 }, other: 1 });
    expect(await called).toBe(3);
    expect(client.send('say', 'x', { volatile: true })).toBe(true);
    expect(seen).toStrictEqual([
      ['out', { event: '$ping', id: 0 }],
      ['in', { event: '$ping', id: 0 }],
      ['out', { event: 'add', data: [1, 2], id: 1, key: 'k' }],
      ['in', { event: 'add', data: 3, id: 1 }],
      ['in', { event: 'said', data: false, at: { room: 'r', epoch: 'e', offset: 1 } }],
      ['out', { event: 'say', data: 'x' }],
    ]);
  });

  it('sees a refusal, and on the next connection the rest', () => {
    const { client, clock } = scripted();
    const seen: string[] = [];
    client.onFrame(({ event }, direction) => seen.push(`${direction} ${event}`));
    sockets.last.refuse(503, 'UNAVAILABLE');
    clock.pass(1_000);
    sockets.last.open();
    expect(seen).toEqual(['out $ping', 'in exception', 'out $ping', 'in $ping']);
  });

  it('sees nothing that was never sent, and no nonsense', () => {
    const { client } = scripted();
    const seen: string[] = [];
    client.onFrame(({ event }) => seen.push(event));
    expect(client.send('say', 1, { volatile: true })).toBe(false);
    void client.call('add').catch(() => {});
    sockets.last.accept();
    sockets.last.raw('nonsense');
    expect(seen).toEqual(['$ping']);
  });

  it('may throw or reject: that is reported, and no other listener is kept from it', async () => {
    const { client, errors } = scripted();
    const seen: string[] = [];
    client.onFrame(() => {
      throw new Error('mine');
    });
    client.onFrame(() => Promise.reject(new Error('later')) as unknown as void);
    client.onFrame(({ event }) => seen.push(event));
    sockets.last.open().says({ event: 'said' });
    await settled();
    expect(client.state.name).toBe('open');
    expect(seen).toEqual(['$ping', '$ping', 'said']);
    expect(errors.map((error) => (error as Error).message)).toEqual([
      ...Array.from({ length: 3 }, () => 'mine'),
      ...Array.from({ length: 3 }, () => 'later'),
    ]);
  });

  it('may change what it is shown: nobody else sees that', async () => {
    const { client } = scripted();
    client.onFrame((frame) => Object.assign(frame, { event: 'other', id: 99 }));
    const called = client.call('add');
    sockets.last.open().says({ event: 'add', data: 3, id: 1 });
    expect(await called).toBe(3);
  });

  it.each(['close', 'reconnect'] as const)(
    'may %s the client: the frame is of a connection that is no more',
    (what) => {
      const { client, states } = scripted();
      const heard: unknown[] = [];
      client.on('said', (data) => heard.push(data));
      client.onFrame(({ event }) => {
        if (event === 'said') client[what]();
      });
      sockets.last.open().says({ event: 'said', data: 1 });
      expect(heard).toEqual([]);
      const after = what === 'close' ? 'closed' : 'connecting';
      expect(states).toEqual(['connecting', 'open', after]);
      expect(client.state.name).toBe(after);
    },
  );

  it('is told no more after it has left, while others are', () => {
    const { client } = scripted();
    const seen: string[] = [];
    const off = client.onFrame(() => seen.push('first'));
    const offOther = client.onFrame(() => seen.push('other'));
    const socket = sockets.last.open();
    seen.length = 0;
    off();
    off();
    socket.says({ event: 'said' });
    offOther();
    socket.says({ event: 'said' });
    client.onFrame(() => seen.push('again'));
    socket.says({ event: 'said' });
    expect(seen).toEqual(['other', 'again']);
  });
});
