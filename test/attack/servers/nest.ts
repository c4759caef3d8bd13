import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CanJoin,
  GatewayServer,
  Hub,
  MessageBody,
  OnBinary,
  OnConnect,
  OnDisconnect,
  OnMessage,
  Signal,
  VerifyClient,
  WsGateway,
  WsModule,
  type Connection,
  type WsModuleOptions,
} from 'nestwire';
import { Observable } from 'rxjs';

/** What the server under attack is asked for. */
interface NestTask {
  readonly http2?: boolean;
  readonly deflate?: boolean;
  readonly limits?: WsModuleOptions['limits'];
}

/** What its process hands it. */
interface NestHost {
  readonly closed: (code: number) => void;
  readonly nextPush: () => string;
  readonly PUSH: { readonly path: string; readonly interval: number };
}

/** Handlers of all kinds that were seen to bring servers down. */
const faults = { running: 0, aborted: 0 };

function gatewaysOf({ closed, nextPush, PUSH }: NestHost) {
  @WsGateway('/')
  class EchoGateway {
    @OnMessage('echo')
    echo(@MessageBody() data: unknown): unknown {
      return data;
    }

    @OnBinary()
    bytes(@MessageBody() bytes: Buffer): Buffer {
      return bytes;
    }

    @CanJoin()
    enter(): boolean {
      return true;
    }

    @OnMessage('throw')
    throw(): never {
      throw new Error('thrown');
    }

    @OnMessage('reject')
    async reject(): Promise<never> {
      await delay(1);
      throw new Error('rejected');
    }

    @OnMessage('stream')
    stream(): Observable<number> {
      return new Observable((observer) => observer.error(new Error('failed')));
    }

    @OnMessage('never')
    never(@Signal() signal: AbortSignal): Promise<never> {
      faults.running++;
      signal.addEventListener('abort', () => {
        faults.running--;
        faults.aborted++;
      });
      return new Promise(() => {});
    }

    @OnDisconnect()
    left(_connection: Connection, { code }: { code: number }): void {
      closed(code);
    }
  }

  @WsGateway('/hooks')
  class ThrowingGateway {
    @OnConnect()
    connected(): never {
      throw new Error('thrown when connecting');
    }

    @OnDisconnect()
    left(): never {
      throw new Error('thrown when leaving');
    }
  }

  @WsGateway('/slow')
  class SlowGateway {
    @VerifyClient()
    async verify(): Promise<boolean> {
      await delay(50);
      return false;
    }

    @OnMessage('echo')
    echo(): never {
      throw new Error('Cannot happen: nobody is let in');
    }
  }

  @WsGateway(PUSH.path)
  class PushGateway {
    readonly #subscribers = new Set<Connection>();

    constructor() {
      setInterval(() => {
        if (this.#subscribers.size === 0) return;
        const text = nextPush();
        for (const connection of this.#subscribers) connection.send('push', text);
      }, PUSH.interval);
    }

    @OnConnect()
    connected(connection: Connection): void {
      this.#subscribers.add(connection);
    }

    @OnDisconnect()
    left(connection: Connection, { code }: { code: number }): void {
      closed(code);
      this.#subscribers.delete(connection);
    }
  }

  return [EchoGateway, ThrowingGateway, SlowGateway, PushGateway];
}

/** Gateways of nestwire with the defaults of its module. */
export async function startServer(task: NestTask, host: NestHost) {
  @Module({
    imports: [
      WsModule.forRoot({
        ...(task.deflate === true && { compression: 'shared' }),
        ...(task.limits !== undefined && { limits: task.limits }),
        ...(task.http2 === true && { port: 0, host: '127.0.0.1', http2: true }),
      }),
    ],
    providers: gatewaysOf(host),
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const hub = app.get(Hub);
  // A port of the gateways' own speaks HTTP/2.
  const server = task.http2 === true ? app.get(GatewayServer) : (app.getHttpServer() as Server);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connections: () => hub.stats.connections.open,
    rooms: () => hub.stats.rooms,
    faults: () => ({ ...faults }),
  };
}
