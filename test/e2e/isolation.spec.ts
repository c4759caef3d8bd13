// What one client's handler has in its AsyncLocalStorage is for nobody else to find.
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { ConnectionRegistry, MessageBody, OnMessage, WsGateway, type Connection } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

const store = new AsyncLocalStorage<string>();

@WsGateway({ path: '/', queueSize: 2 })
class StoreGateway {
  constructor(private readonly registry: ConnectionRegistry) {}

  @OnMessage('ask')
  ask(connection: Connection, user: string): Promise<unknown> {
    return store.run(user, () =>
      connection.request('anything', undefined, { timeout: 20 }).catch(() => 'no answer'),
    );
  }

  @OnMessage('ask bob')
  askBob(_connection: Connection, user: string): void {
    const bob = this.registry.find(({ handshake }) => handshake.query['name'] === 'bob');
    store.run(user, () => {
      bob?.request('anything').catch(() => {});
    });
  }

  @OnMessage('read beside', { concurrency: 1 })
  readBeside(): string {
    return this.read();
  }

  @OnMessage('stuck', { timeout: 200 })
  stuck(@MessageBody() _data: unknown): Promise<never> {
    return new Promise(() => {});
  }

  @OnMessage('endless')
  endless(@MessageBody() _data: unknown): Promise<never> {
    return new Promise(() => {});
  }

  @OnMessage('enter')
  enter(_connection: Connection, user: string): string {
    store.enterWith(user);
    return this.read();
  }

  @OnMessage('enter late')
  async enterLate(_connection: Connection, user: string): Promise<string> {
    store.enterWith(user);
    await Promise.resolve();
    return this.read();
  }

  @OnMessage('enter in a stream')
  async *enterInStream(_connection: Connection, user: string): AsyncGenerator<string> {
    store.enterWith(user);
    await Promise.resolve();
    yield this.read();
  }

  @UseGuards({ canActivate: () => true })
  @OnMessage('read guarded')
  readGuarded(): string {
    return this.read();
  }

  @OnMessage('read')
  read(): string {
    return store.getStore() ?? 'nothing';
  }
}

describe('a message handled after another one has timed out', () => {
  it("finds nothing in the store of another client's request that has timed out before", async () => {
    const { url } = await startApp({ providers: [StoreGateway] });
    const ada = await Client.connect(url);
    const bob = await Client.connect(url);
    bob.send('stuck', undefined, 1);
    bob.send('read', undefined, 2);
    bob.socket.ping();
    await once(bob.socket, 'pong');
    ada.send('ask', 'ada', 1);
    expect((await ada.take(2)).map(({ data }) => data)).toEqual([undefined, 'no answer']);
    expect(await bob.next()).toMatchObject({ id: 1, data: { code: 'TIMEOUT' } });
    expect(await bob.next()).toEqual({ event: 'read', id: 2, data: 'nothing' });
  });
});

describe('a message that was held back until another client asked something', () => {
  it("finds nothing in that client's store", async () => {
    const { url } = await startApp({ providers: [StoreGateway] });
    const ada = await Client.connect(url);
    const bob = await Client.connect(`${url}/?name=bob`);
    bob.send('endless');
    bob.send('read');
    bob.send('read');
    bob.send('read beside');
    ada.send('ask bob', 'ada');
    expect((await bob.next()).event).toBe('anything');
    expect(await bob.next()).toEqual({ event: 'read beside', data: 'nothing' });
    bob.socket.terminate();
  });
});

describe('a message handled after one that has entered a store', () => {
  it('finds nothing in it, in one packet or later', async () => {
    const { url } = await startApp({ providers: [StoreGateway] });
    const ada = await Client.connect(url);
    for (const event of ['enter', 'enter late', 'enter in a stream']) {
      const answers = event === 'enter in a stream' ? 2 : 1;
      ada.socket.ping();
      ada.send(event, 'ada');
      expect((await ada.take(answers))[0]).toMatchObject({ event, data: 'ada' });
      for (const reading of ['read', 'read guarded', 'read beside']) {
        expect((await ada.ask(reading)).data).toBe('nothing');
      }
      // All in one packet; `ws` keeps its socket to itself.
      const { _socket: tcp } = ada.socket as unknown as { _socket: Socket };
      tcp.cork();
      for (const each of [event, 'read', event, 'read guarded', 'read beside']) ada.send(each, 'x');
      tcp.uncork();
      const frames = await ada.take(2 * answers + 3);
      const read = frames.filter((frame) => frame.event.startsWith('read'));
      expect(read.map(({ data }) => data)).toEqual(['nothing', 'nothing', 'nothing']);
    }
  });
});
