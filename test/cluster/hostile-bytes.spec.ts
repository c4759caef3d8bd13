import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Broadcaster, Cluster, ConnectionRegistry, Hub, OnMessage, WsGateway } from 'nestwire';
import { memoryBroker, MemoryBrokerServer } from '#hub';
import { WsTestClient } from 'nestwire/testing';
import type { TestApp } from '../e2e/support/app.js';
import { closeAfterEach, logged, startNodes, until } from './support/nest-nodes.js';

closeAfterEach();

@WsGateway('/live')
class LiveGateway {
  @OnMessage('here')
  here(): boolean {
    return true;
  }
}

interface Recorded {
  readonly channel: string;
  readonly message: Uint8Array;
}

/** A server on which everything is overheard, and anything can be said. */
class OpenServer extends MemoryBrokerServer {
  readonly heard: Recorded[] = [];

  override publish(...[node, batch, log]: Parameters<MemoryBrokerServer['publish']>): void {
    for (const { channel, message } of batch) {
      this.heard.push({ channel, message: Uint8Array.from(message) });
    }
    super.publish(node, batch, log);
  }

  say(channel: string, message: Uint8Array): void {
    this.relay.publish(channel, message);
  }
}

async function pair(secret?: string) {
  const server = new OpenServer();
  const [a, b] = (await startNodes(
    2,
    { providers: [LiveGateway], options: { cluster: { ...(secret && { secret }) } } },
    () => memoryBroker(server),
  )) as [TestApp, TestApp];
  const client = await WsTestClient.connect(a.app, '/live');
  const [connection] = a.app.get(ConnectionRegistry).findAll();
  a.app.get(Hub).rooms.join(connection!, 'room');
  await a.app.get(Hub).rooms.settled('room');
  const { node } = a.app.get(Cluster);
  return { server, a, b, client, channels: ['a', `n:${node}`, 'r:room', 'u:x'] };
}

/** Every kind of message that nodes say, with something of everybody in it. */
async function record({ server, a, b }: Awaited<ReturnType<typeof pair>>): Promise<Recorded[]> {
  const { broadcaster, history, mailbox, registry, rooms } = b.app.get(Hub);
  broadcaster.toAll().send('all', { a: 1 });
  rooms.to('room').send('room', { a: 1 });
  rooms.to(['room', 'other']).except('muted').send('rooms', { a: 1 });
  await history.publish('room', 'kept', 1);
  await mailbox.send('x', 'mail', 1);
  await registry.cluster.findAll();
  await registry.cluster.count({ room: 'room' });
  await rooms.cluster.names();
  await rooms
    .to('room')
    .request('question', 1, { timeout: 50 })
    .catch(() => {});
  for (const ref of await registry.cluster.findAll()) ref.send('direct', 1);
  const [connection] = a.app.get(ConnectionRegistry).findAll();
  await a.app.get(Hub).presence.track(connection!, 'room', { name: 'x' });
  await b.app.get(Hub).presence.people('room');
  await until(() => server.heard.length > 8);
  return server.heard.slice();
}

const sent = ({ a }: { a: TestApp }) => a.app.get(Cluster).stats;

describe('whatever is said on the channels of a node', () => {
  it('is counted, logged by no line, and harms nobody', async () => {
    const all = await pair();
    const { server, a, client, channels } = all;
    const recorded = await record(all);
    const before = sent(all);
    let said = 0;
    const say = (message: Uint8Array, where = channels): void => {
      for (const channel of where) {
        server.say(channel, message);
        said++;
      }
    };
    say(new Uint8Array());
    say(Buffer.from('another application says hello'));
    say(randomBytes(100_000));
    for (const { message } of recorded) {
      // A stranger's id, for the broker would not bring back what is our own.
      const forged = Buffer.from(message);
      forged.set(randomBytes(8), 6);
      for (let cut = 0; cut < forged.length; cut += Math.max(1, forged.length >> 5)) {
        say(forged.subarray(0, cut));
      }
      const version = Buffer.from(forged);
      version[2] = 99;
      say(version);
      const critical = Buffer.from(forged);
      critical[4] = 0x80;
      say(critical);
      const kind = Buffer.from(forged);
      kind[3] = 250;
      say(kind);
      for (let flip = 0; flip < 40; flip++) {
        const changed = Buffer.from(forged);
        const at = 14 + Math.floor(Math.random() * (changed.length - 14));
        changed[at] = Math.floor(Math.random() * 256);
        say(changed);
      }
      // Huge counts and lengths wherever there may be one.
      for (let at = 26; at < Math.min(forged.length - 4, 90); at++) {
        const huge = Buffer.from(forged);
        huge.fill(0xff, at, at + 4);
        say(huge);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => sent(all).received >= before.received + said * 0.7, 10_000);
    expect(await client.request('here')).toBe(true);
    const { ignored } = sent(all);
    for (const reason of ['foreign', 'version', 'critical', 'kind', 'malformed'] as const) {
      expect([reason, ignored[reason] > before.ignored[reason]]).toEqual([reason, true]);
    }
    expect(logged('error', a, all.b)).toEqual([]);
    // The two still are one application.
    all.b.app.get(Broadcaster).toAll().send('after');
    await client.next('after');
  });

  it('does nothing a second time', async () => {
    const all = await pair();
    const { server, client, a } = all;
    const recorded = await record(all);
    await client.next('all');
    await client.next('room');
    const before = client.transcript.split('\n').length;
    for (let round = 0; round < 3; round++) {
      for (const { channel, message } of recorded) {
        // Questions that are asked anew are answered anew: they are no broadcasts.
        if (message[3] === 1) server.say(channel, message);
      }
    }
    expect(await client.request('here')).toBe(true);
    expect(client.transcript.split('\n').length).toBeLessThan(before + 6);
    expect(logged('error', a, all.b)).toEqual([]);
  });

  it('is nothing at all without the secret', async () => {
    const open = await pair();
    const recorded = await record(open);
    const all = await pair('a secret of all the nodes');
    const { server, client, a, channels } = all;
    const { length } = client.transcript;
    const before = sent(all);
    for (const { message } of recorded)
      for (const channel of channels) server.say(channel, message);
    // Signed with another.
    const stranger = await pair('a secret of other people');
    for (const { message } of await record(stranger)) {
      for (const channel of channels) server.say(channel, message);
    }
    // What was signed, changed by one bit.
    for (const { channel, message } of await record(all)) {
      const changed = Buffer.from(message);
      changed.set(randomBytes(8), 6);
      server.say(channel, changed);
    }
    await until(() => sent(all).ignored.unauthenticated > before.ignored.unauthenticated + 20);
    expect(a.app.get(Cluster).nodes).toHaveLength(2);
    expect(client.transcript.slice(length)).not.toContain('"a":2');
    expect(logged('error', a, all.b)).toEqual([]);
    stranger.server.close();
    open.server.close();
  });
});
