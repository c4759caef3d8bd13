// What an inspector follows of a connection, what it may do, and what it hears of handlers.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ConnectionRegistry, type Connection } from 'nestwire';
import type {
  EventRow,
  IncidentRow,
  TailFrame,
  TailFrames,
} from '../../src/inspector/contract/inspector-contract.js';
import { Client } from '../e2e/support/client.js';
import {
  closeInspected,
  CONNECTIONS,
  inspect,
  startInspected,
  type InspectorClient,
} from './support/inspected.js';

afterEach(closeInspected);

/** An application with one client, and somebody who looks. */
async function inspected(...args: Parameters<typeof startInspected>) {
  const started = await startInspected(...args);
  const inspector = await inspect(started);
  const client = await Client.connect(`${started.url}/live?user=ada&room=lobby`);
  const [connection] = started.app.get(ConnectionRegistry);
  await inspector.call('look', CONNECTIONS);
  return { ...started, inspector, client, connection: connection! };
}

/** All that is told of a tail, until it is as it should be. */
function framesUntil(
  inspector: InspectorClient,
  isSo: (told: TailFrames, all: readonly TailFrame[]) => boolean,
): Promise<{ all: TailFrame[]; last: TailFrames; skipped: number }> {
  const all: TailFrame[] = [];
  let skipped = 0;
  return new Promise((resolve) => {
    const off = inspector.on('frames', (last) => {
      all.push(...last.frames);
      skipped += last.skipped;
      if (!isSo(last, all)) return;
      off();
      resolve({ all, last, skipped });
    });
  });
}

async function rowsOf<Row>(inspector: InspectorClient, tab: 'events' | 'incidents') {
  const sort = tab === 'events' ? 'event' : 'at';
  const tick = await inspector.call('look', { ...CONNECTIONS, tab, sort });
  return (tick?.window.rows ?? []) as readonly unknown[] as readonly Row[];
}

describe('a connection that is followed', () => {
  it('shows what goes over it and hides what that says', async () => {
    const { inspector, client, connection } = await inspected();
    expect(await inspector.call('tail', { connection: connection.id })).toEqual({ done: true });
    const told = framesUntil(inspector, (_last, all) => all.length >= 4);
    client.send('say', 'a secret', 1);
    client.socket.send(Buffer.from([1, 2, 3]));
    const { all } = await told;
    expect(all[0]).toMatchObject({ direction: 'in', event: 'say', binary: false });
    expect(all.map(({ direction }) => direction).sort()).toEqual(['in', 'in', 'out', 'out']);
    expect(all).toContainEqual(expect.objectContaining({ binary: true, bytes: 3, event: '' }));
    expect(JSON.stringify(all)).not.toContain('secret');
  });

  it('shows all of it where the application allows that', async () => {
    const { inspector, client, connection } = await inspected({ payloads: true });
    await inspector.call('tail', { connection: connection.id });
    const told = framesUntil(inspector, (_last, all) => all.length >= 4);
    client.send('say', 'hello', 1);
    client.socket.send(Buffer.from([1, 2, 255]));
    client.send('say', 'x'.repeat(5_000), 2);
    const { all } = await told;
    expect(all[0]?.payload).toContain('hello');
    expect(all.find(({ binary }) => binary)?.payload).toBe('01 02 ff');
    const long = all.find(({ bytes }) => bytes > 5_000);
    expect(long?.payload).toHaveLength(2_001);
  });

  it('says how many were too many, and that it has closed', async () => {
    const { inspector, client, connection } = await inspected();
    await inspector.call('tail', { connection: connection.id });
    const told = framesUntil(inspector, ({ skipped }) => skipped > 0);
    for (let at = 0; at < 300; at++) client.send('say', 'much', at);
    const { all, skipped } = await told;
    expect(all.length).toBeLessThanOrEqual(200);
    expect(skipped).toBeGreaterThan(0);
    const ended = framesUntil(inspector, ({ ended: isOver }) => isOver);
    await client.close();
    expect((await ended).last).toMatchObject({ connection: connection.id, ended: true });
  });

  it('is one that is there, and one at a time', async () => {
    const { url, app, inspector, client, connection } = await inspected();
    expect(await inspector.call('tail', { connection: 'no such id' })).toEqual({ done: false });
    const other = await Client.connect(`${url}/live?user=bob`);
    const [, bob] = app.get(ConnectionRegistry);
    await inspector.call('tail', { connection: connection.id });
    await inspector.call('tail', { connection: bob!.id });
    const told = framesUntil(inspector, (_last, all) => all.length >= 2);
    client.send('say', 'nobody hears it', 1);
    other.send('say', 'hello', 1);
    expect((await told).last.connection).toBe(bob!.id);
    expect(await inspector.call('tail', { connection: '' })).toEqual({ done: false });
  });
});

describe('actions', () => {
  it('are unknown where they are not allowed', async () => {
    const { inspector, connection } = await inspected();
    for (const action of [
      inspector.call('disconnect', { connection: connection.id }),
      inspector.call('leave', { connection: connection.id, room: 'lobby' }),
    ]) {
      await expect(action).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    }
    expect(connection.readyState).toBe(1);
  });

  it('take out of a room and disconnect, once, and say in the log who has done it', async () => {
    const { inspector, client, connection, log } = await inspected({ actions: true });
    const { id } = connection;
    const leave = () => inspector.call('leave', { connection: id, room: 'lobby' });
    expect([await leave(), await leave()]).toEqual([{ done: true }, { done: false }]);
    expect([...connection.rooms]).toEqual([]);
    const disconnect = () => inspector.call('disconnect', { connection: id });
    expect(await disconnect()).toEqual({ done: true });
    expect(await client.closed).toEqual({ code: 1008, reason: 'Disconnected by an operator' });
    await connection.closed;
    expect(await disconnect()).toEqual({ done: false });
    expect(await inspector.call('disconnect', { connection: 'no such id' })).toEqual({
      done: false,
    });
    const lines = [
      `"grace" took user "ada" out of room "lobby", connection ${id}`,
      `"grace" disconnected user "ada", connection ${id}`,
    ];
    expect(log.of('log')).toEqual(expect.arrayContaining(lines));
    const rows = await rowsOf<IncidentRow>(inspector, 'incidents');
    expect(rows.filter(({ kind }) => kind === 'action')).toHaveLength(2);
  });

  it('are for whom a guard of theirs lets, asked each time', async () => {
    const asked: string[] = [];
    @Injectable()
    class MayAct implements CanActivate {
      async canActivate(context: ExecutionContext): Promise<boolean> {
        const { userId } = context.switchToWs().getClient<Connection>();
        asked.push(String(userId));
        return Promise.resolve(asked.length > 1);
      }
    }
    const { inspector, connection } = await inspected({ actions: MayAct });
    const leave = () => inspector.call('leave', { connection: connection.id, room: 'lobby' });
    await expect(leave()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(connection.rooms.has('lobby')).toBe(true);
    expect(await leave()).toEqual({ done: true });
    expect(asked).toEqual(['grace', 'grace']);
  });

  it('take no names but texts', async () => {
    const { inspector } = await inspected({ actions: true });
    const call = inspector.call.bind(inspector) as (
      event: string,
      data: unknown,
    ) => Promise<unknown>;
    for (const data of [null, 'x', {}, { connection: 5 }, { connection: 'x'.repeat(257) }]) {
      await expect(call('disconnect', data)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    await expect(call('leave', { connection: 'x' })).rejects.toThrow('Cannot read room: expected');
  });
});

describe('handlers', () => {
  it('are counted by path and event, with how long they take and how often they fail', async () => {
    const { inspector, client } = await inspected();
    await client.ask('say', 'hello', 1);
    await client.ask('say', 'hello', 2);
    await client.ask('fail', null, 3);
    const rows = await rowsOf<EventRow>(inspector, 'events');
    expect(rows).toMatchObject([
      { path: '/live', event: 'fail', total: 1, failed: 1 },
      { path: '/live', event: 'say', total: 2, failed: 0 },
    ]);
    expect(rows[1]?.p50).toBeGreaterThan(0);
    expect(rows[1]?.p99).toBeGreaterThanOrEqual(rows[1]!.p50);
    const [refused] = await rowsOf<IncidentRow>(inspector, 'incidents');
    expect(refused).toMatchObject({ kind: 'refused message', what: 'INTERNAL_ERROR fail' });
  });

  it('of another application in this process are none of this one', async () => {
    const { inspector } = await inspected();
    const other = await startInspected();
    const stranger = await Client.connect(`${other.url}/live?user=zoe`);
    await stranger.ask('say', 'hello', 1);
    await stranger.ask('nothing', null, 2);
    expect(await rowsOf(inspector, 'events')).toEqual([]);
    expect(await rowsOf(inspector, 'incidents')).toEqual([]);
  });
});
