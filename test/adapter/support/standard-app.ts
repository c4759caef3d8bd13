import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Module,
  type INestApplication,
  type ModuleMetadata,
  type NestApplicationOptions,
  type Provider,
  type WebSocketAdapter,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestwireAdapter, type NestwireAdapterOptions } from 'nestwire';
import { LogBook } from '../../e2e/support/app.js';

export interface StandardAppOptions {
  imports?: ModuleMetadata['imports'];
  /** Options of `NestwireAdapter`. */
  options?: NestwireAdapterOptions;
  /** Another adapter instead. */
  adapter?: (app: INestApplication) => WebSocketAdapter;
  application?: NestApplicationOptions;
  configure?: (app: INestApplication) => void;
}

export interface StandardApp {
  readonly app: INestApplication;
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  readonly log: LogBook;
}

@Module({})
class StandardModule {}

const running = new Set<INestApplication>();

/** An application with gateways of `@nestjs/websockets`, on a free port. */
export async function startStandard(
  gateways: Provider[],
  { imports = [], options, adapter, application, configure }: StandardAppOptions = {},
): Promise<StandardApp> {
  const log = new LogBook();
  const module = { module: StandardModule, imports, providers: gateways };
  const app = await NestFactory.create(module, {
    logger: log,
    abortOnError: false,
    ...application,
  });
  running.add(app);
  app.useWebSocketAdapter(adapter?.(app) ?? new NestwireAdapter(app, options));
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, log, url: `ws://127.0.0.1:${port}` };
}

export async function closeStandard(): Promise<void> {
  const apps = [...running];
  running.clear();
  await Promise.all(apps.map((app) => app.close()));
}
