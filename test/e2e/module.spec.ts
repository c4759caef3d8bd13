import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Connection,
  ConnectionRegistry,
  MessageBody,
  OnMessage,
  Rooms,
  WsGateway,
  WsModule,
  type WsGatewayOptions,
  type WsModuleOptions,
  type WsOptionsFactory,
} from 'nestwire';
import { closeApps, createApp, LogBook, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@WsGateway('/rooms/:room')
class RoomGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly registry: ConnectionRegistry,
  ) {}

  @OnMessage('join')
  join(connection: Connection, room: string): number {
    this.rooms.join(connection, room);
    return this.registry.size;
  }

  @OnMessage('shout')
  shout(@MessageBody('room') room: string, @MessageBody('text') text: string): void {
    this.rooms.to(room).send('heard', text);
  }

  @OnMessage()
  fallback(): null {
    return null;
  }
}

@Controller('people')
class PeopleController {
  constructor(private readonly registry: ConnectionRegistry) {}

  @Get()
  count(): number {
    return this.registry.size;
  }
}

async function failure(start: Promise<unknown>): Promise<string> {
  try {
    await start;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected the application not to start');
}

describe('WsModule', () => {
  it('makes Rooms and ConnectionRegistry injectable in gateways and controllers', async () => {
    const { url, port } = await startApp({
      providers: [RoomGateway],
      controllers: [PeopleController],
    });
    const first = await Client.connect(`${url}/rooms/a`);
    const second = await Client.connect(`${url}/rooms/b`);
    await first.ask('join', 'den', 1);
    expect((await second.ask('join', 'den', 1)).data).toBe(2);
    second.send('shout', { room: 'den', text: 'hello' });
    expect(await first.next()).toEqual({ event: 'heard', data: 'hello' });
    expect(await second.next()).toEqual({ event: 'heard', data: 'hello' });
    const response = await fetch(`http://127.0.0.1:${port}/people`);
    expect(await response.text()).toBe('2');
  });

  it('logs a line for each gateway and event', async () => {
    const { log } = await startApp({ providers: [RoomGateway] });
    const lines = log.lines.filter(({ context }) => context === 'GatewayExplorer');
    expect(lines.map(({ message }) => message)).toEqual([
      'RoomGateway {/rooms/:room}:',
      'Mapped {/rooms/:room, join} message',
      'Mapped {/rooms/:room, shout} message',
      'Mapped {/rooms/:room, *} message',
    ]);
  });

  it('takes its options from a factory, a class and an existing provider', async () => {
    @Injectable()
    class Settings implements WsOptionsFactory {
      createWsOptions(): WsModuleOptions {
        return { prefix: '/configured' };
      }
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}

    const kinds = [
      WsModule.forRootAsync({ useFactory: () => Promise.resolve({ prefix: '/configured' }) }),
      WsModule.forRootAsync({ useClass: Settings }),
      WsModule.forRootAsync({ imports: [SettingsModule], useExisting: Settings }),
      WsModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => settings.createWsOptions(),
      }),
    ];
    for (const ws of kinds) {
      @Module({ imports: [ws], providers: [RoomGateway] })
      class AppModule {}
      const app = await NestFactory.create(AppModule, { logger: false });
      await app.listen(0, '127.0.0.1');
      const url = (await app.getUrl()).replace('http', 'ws');
      const client = await Client.connect(`${url}/configured/rooms/a`);
      expect((await client.ask('x')).data).toBeNull();
      await app.close();
    }
  });

  it('puts the global prefix in front of paths, as for controllers, unless it has one of its own', async () => {
    const prefixed = await startApp({
      providers: [RoomGateway],
      configure: (app) => app.setGlobalPrefix('api'),
    });
    await Client.connect(`${prefixed.url}/api/rooms/a`);
    expect((await refusal(`${prefixed.url}/rooms/a`)).status).toBe(404);
    const own = await startApp({
      providers: [RoomGateway],
      options: { prefix: '' },
      configure: (app) => app.setGlobalPrefix('api'),
    });
    await Client.connect(`${own.url}/rooms/a`);
  });

  it('limits payloads as the options say, of the gateway before those of the module', async () => {
    @WsGateway({ path: '/small', limits: { maxPayload: 100 } })
    class SmallGateway {
      @OnMessage()
      echo(): string {
        return 'ok';
      }
    }
    const { url } = await startApp({
      providers: [SmallGateway, RoomGateway],
      options: { limits: { maxPayload: 200 } },
    });
    const small = await Client.connect(`${url}/small`);
    small.send('x', 'y'.repeat(120));
    expect((await small.closed).code).toBe(1009);
    const other = await Client.connect(`${url}/rooms/a`);
    expect((await other.ask('x', 'y'.repeat(120))).data).toBeNull();
    other.send('x', 'y'.repeat(220));
    expect((await other.closed).code).toBe(1009);
  });

  it.each<[string, WsGatewayOptions, number]>([
    ['its own maxPayloadLength', { maxPayloadLength: 100 }, 100],
    ['its own limits.maxPayload', { limits: { maxPayload: 100 } }, 100],
    [
      'its own maxPayloadLength before limits.maxPayload',
      { maxPayloadLength: 100, limits: { maxPayload: 400 } },
      100,
    ],
    ["the module's maxPayloadLength where it sets neither", {}, 200],
  ])('limits payloads of a gateway by %s', async (_name, own, limit) => {
    @WsGateway({ path: '/limited', ...own })
    class LimitedGateway {
      @OnMessage()
      echo(): string {
        return 'ok';
      }
    }
    const { url } = await startApp({
      providers: [LimitedGateway],
      options: { maxPayloadLength: 200, limits: { maxPayload: 50 } },
    });
    const client = await Client.connect(`${url}/limited`);
    const envelope = JSON.stringify({ event: 'x', data: '' }).length;
    expect((await client.ask('x', 'y'.repeat(limit - envelope))).data).toBe('ok');
    client.send('x', 'y'.repeat(limit - envelope + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it('runs in a standalone context, where it says that there is nothing to attach to', async () => {
    @Module({ imports: [WsModule.forRoot()], providers: [RoomGateway] })
    class AppModule {}
    const log = new LogBook();
    const context = await NestFactory.createApplicationContext(AppModule, { logger: log });
    expect(context.get(Rooms).size('nobody')).toBe(0);
    expect(log.of('warn')).toEqual([
      'No HTTP server to attach to: the gateways will not receive connections',
    ]);
    await context.close();
  });

  it.each<[WsModuleOptions, string]>([
    [
      { handshakeTimeout: -1 },
      'Cannot read WsModule option handshakeTimeout: expected whole milliseconds, 1 to 2147483647, current value is -1',
    ],
    [
      { concurrency: 0 },
      'Cannot read WsModule option concurrency: expected a whole number, 1 or more, current value is 0',
    ],
    [
      { shutdown: { code: 1006 } },
      'Cannot read WsModule option shutdown.code: expected 1000, 1001, 1012, 1013 or 3000 to 4999, current value is 1006',
    ],
    [
      { shutdown: { reason: 'x'.repeat(124) } },
      'Cannot read WsModule option shutdown.reason: expected a string of at most 123 bytes',
    ],
    [
      { maxPayloadLength: 0 },
      'Cannot read WsModule option maxPayloadLength: expected a whole number, 1 or more, current value is 0',
    ],
    [{ limits: { maxPayload: -5 } }, 'maxPayload: current value is -5'],
    [
      { limits: { maxPayLoad: 5 } as object },
      'Cannot read WsModule option limits: expected one of maxPayload',
    ],
    [{ heartbeat: true } as object, 'Cannot read WsModule option: expected one of prefix'],
  ])('does not start with %j', async (options, message) => {
    expect(await failure(createApp({ options }).then((app) => app.init()))).toContain(message);
  });

  it('does not start when it is imported twice', async () => {
    const start = createApp({ imports: [WsModule.forRoot({ prefix: '/other' })] });
    expect(await failure(start.then((app) => app.init()))).toBe(
      'Cannot start WsModule: expected one import (it is global), current value is 2',
    );
  });
});
