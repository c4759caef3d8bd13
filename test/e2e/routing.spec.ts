import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Param, Scope, type Provider } from '@nestjs/common';
import {
  Connection,
  EventName,
  NegotiatedProtocol,
  OnConnect,
  OnDisconnect,
  OnMessage,
  Protocol,
  WsGateway,
} from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

async function startError(...providers: Provider[]): Promise<string> {
  try {
    const app = await createApp({ providers });
    await app.init();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected the application not to start');
}

describe('paths', () => {
  it('have the syntax of controllers: parameters, wildcards, optional parts, several of them', async () => {
    @WsGateway({ path: ['/files/*path', '/a{/:b}'] })
    class FileGateway {
      @OnMessage('params')
      params(@Param() params: Record<string, string>): unknown {
        return params;
      }
    }
    @Controller('files/*path')
    class FileController {
      @Get()
      params(@Param() params: object): object {
        return params;
      }
    }
    const { url } = await startApp({ providers: [FileGateway], controllers: [FileController] });
    const params = async (path: string): Promise<unknown> =>
      (await (await Client.connect(url + path)).ask('params')).data;
    expect(await params('/files/x/y%20z')).toEqual({ path: ['x', 'y z'] });
    for (const path of ['/files/x', '/files/x/y%20z/', '/files/a%2Fb/c', '/files/x//y']) {
      const response = await fetch(url.replace('ws:', 'http:') + path);
      expect(await params(path)).toEqual(await response.json());
    }
    expect(await params('/a')).toEqual({});
    expect(await params('/A/1/')).toEqual({ b: '1' });
  });

  it('never put a parameter of the client on a prototype', async () => {
    @WsGateway('/:__proto__')
    class ProtoGateway {
      @OnMessage('read')
      read(@Param('__proto__') value: string, @Param('constructor') none: unknown): unknown {
        return { value, none: none ?? null };
      }
    }
    const { url } = await startApp({ providers: [ProtoGateway] });
    const client = await Client.connect(`${url}/polluted`);
    expect((await client.ask('read')).data).toEqual({ value: 'polluted', none: null });
  });
});

describe('gateways on one path', () => {
  const order: string[] = [];

  @WsGateway('/shared')
  class FirstGateway {
    @OnConnect()
    async entered(): Promise<void> {
      await Promise.resolve();
      order.push('first in');
    }
    @OnMessage('one')
    one(): number {
      return 1;
    }
    @OnDisconnect()
    left(): never {
      order.push('first out');
      throw new Error('cannot say goodbye');
    }
  }

  @WsGateway('shared/')
  class SecondGateway {
    @OnConnect()
    entered(): void {
      order.push('second in');
    }
    @OnMessage('two')
    two(): number {
      return 2;
    }
    @OnDisconnect()
    left(): void {
      order.push('second out');
    }
  }

  it('share its connections, hooks running in turn and all of them at the end', async () => {
    const { url, app } = await startApp({ providers: [FirstGateway, SecondGateway] });
    const client = await Client.connect(`${url}/shared`);
    expect((await client.ask('one')).data).toBe(1);
    expect((await client.ask('two')).data).toBe(2);
    expect((await client.ask('three')).data).toMatchObject({ code: 'UNKNOWN_EVENT' });
    await client.close();
    await app.close();
    expect(order).toEqual(['first in', 'second in', 'first out', 'second out']);
  });

  it('cannot both handle an event', async () => {
    @WsGateway('/shared')
    class ThirdGateway {
      @OnMessage('one')
      uno(): number {
        return 1;
      }
    }
    expect(await startError(FirstGateway, ThirdGateway)).toBe(
      'Cannot map ThirdGateway.uno: event "one" is already handled by FirstGateway.one',
    );
  });

  it('cannot ask for different options, nor hide behind another name of a parameter', async () => {
    @WsGateway({ path: '/c', concurrency: 2 })
    class A {}
    @WsGateway({ path: '/c', concurrency: 3 })
    class B {}
    expect(await startError(A, B)).toContain('option concurrency of another gateway');
    @WsGateway('/x/:id')
    class C {}
    @WsGateway('/x/:name')
    class D {}
    expect(await startError(C, D)).toBe(
      'Cannot map gateway D: its path /x/:name matches the same requests as /x/:id of C',
    );
  });
});

describe('mistakes in a gateway', () => {
  it('are errors at start: a path that does not parse, an option that does not exist, a transient gateway', async () => {
    @WsGateway('/a/:')
    class BadPath {}
    expect(await startError(BadPath)).toContain(
      'Cannot parse gateway path: current value is "/a/:"',
    );
    @WsGateway({ path: '/', heartbeat: true } as object)
    class BadOption {}
    expect(await startError(BadOption)).toContain('current value is heartbeat');
    @Injectable({ scope: Scope.TRANSIENT })
    @WsGateway('/')
    class Transient {
      @OnMessage('a')
      a(): void {}
    }
    expect(await startError(Transient)).toContain('current value is TRANSIENT');
  });

  it('are errors when the class is read: a misspelt constant as event, an empty one, a bad protocol', () => {
    const events = {} as { say: string };
    expect(() => OnMessage(events.say)).toThrow('current value is undefined');
    expect(() => OnMessage('')).toThrow('expected 1 to 128 characters');
    expect(() => OnMessage('x'.repeat(129))).toThrow('expected 1 to 128 characters');
    expect(() => Protocol('not a token')).toThrow('current value is "not a token"');
  });
});

describe('@Protocol', () => {
  @Protocol('v2', 'v1')
  @WsGateway('/')
  class VersionedGateway {
    @OnMessage('which')
    which(@NegotiatedProtocol() protocol: string): string {
      return `plain ${protocol}`;
    }
    @Protocol('v2')
    @OnMessage('which')
    whichTwo(@NegotiatedProtocol() protocol: string): string {
      return `two ${protocol}`;
    }
    @Protocol('v2')
    @OnMessage('new')
    onlyTwo(): string {
      return 'new';
    }
  }

  it('chooses by the order of the server, and the handler by what was chosen', async () => {
    const { url } = await startApp({ providers: [VersionedGateway] });
    const both = await Client.connect(url, { protocols: ['v1', 'v2'] });
    expect(both.socket.protocol).toBe('v2');
    expect((await both.ask('which')).data).toBe('two v2');
    const old = await Client.connect(url, { protocols: ['v1'] });
    expect(old.socket.protocol).toBe('v1');
    expect((await old.ask('which')).data).toBe('plain v1');
    expect((await old.ask('new')).data).toMatchObject({ code: 'UNKNOWN_EVENT' });
  });

  it('accepts a client that offers none and refuses one that offers only others', async () => {
    const { url } = await startApp({ providers: [VersionedGateway] });
    const none = await Client.connect(url);
    expect((await none.ask('which')).data).toBe('plain ');
    const refused = await refusal(url, { protocols: ['v3'] });
    expect(refused.status).toBe(400);
    expect(refused.body).toContain('v2, v1');
  });

  it('on a method falls back to the handler of all other events', async () => {
    @Protocol('v1')
    @WsGateway('/')
    class FallbackGateway {
      @Protocol('v1')
      @OnMessage('a')
      a(): string {
        return 'a';
      }
      @OnMessage()
      other(_connection: Connection, @EventName() event: string): string {
        return `fallback ${event}`;
      }
    }
    const { url } = await startApp({ providers: [FallbackGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('a')).data).toBe('fallback a');
  });

  it('that no client of the path can agree on is an error at start', async () => {
    @WsGateway('/')
    class Unreachable {
      @Protocol('v9')
      @OnMessage('a')
      a(): void {}
    }
    expect(await startError(Unreachable)).toContain('current value is v9');
  });
});
