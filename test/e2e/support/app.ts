import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import {
  Module,
  type DynamicModule,
  type INestApplication,
  type LoggerService,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsModule, type WsModuleOptions } from 'nestwire';

/** Keeps what an application logs, so that tests can look and the output stays quiet. */
export class LogBook implements LoggerService {
  readonly lines: { level: string; message: string; context: string }[] = [];

  log(message: unknown, ...rest: unknown[]): void {
    this.keep('log', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.keep('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.keep('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.keep('debug', message, rest);
  }

  of(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.message);
  }

  private keep(level: string, message: unknown, rest: unknown[]): void {
    this.lines.push({ level, message: String(message), context: String(rest.at(-1)) });
  }
}

export interface TestApp {
  readonly app: INestApplication;
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly log: LogBook;
}

export interface AppOptions {
  providers?: Provider[];
  imports?: ModuleMetadata['imports'];
  controllers?: ModuleMetadata['controllers'];
  options?: WsModuleOptions;
  /** Called before `init`, as an application's main.ts would. */
  configure?(app: INestApplication): void;
}

@Module({})
class TestAppModule {}

export function testModule({
  providers = [],
  imports = [],
  controllers = [],
  options,
}: AppOptions): DynamicModule {
  return {
    module: TestAppModule,
    // A handler that never ends holds up the close of its application no longer than this.
    imports: [WsModule.forRoot({ shutdown: { deadline: 3_000 }, ...options }), ...imports],
    providers,
    controllers,
  };
}

const running = new Set<INestApplication>();

/** An Express application on a free port. `closeApps` in `afterEach` closes it. */
export async function startApp(options: AppOptions): Promise<TestApp> {
  const log = new LogBook();
  const app = await createApp(options, log);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, log, port, url: `ws://127.0.0.1:${port}` };
}

export async function createApp(
  options: AppOptions,
  log = new LogBook(),
): Promise<INestApplication> {
  const app = await NestFactory.create(testModule(options), { logger: log, abortOnError: false });
  running.add(app);
  options.configure?.(app);
  return app;
}

export async function closeApps(): Promise<void> {
  const apps = [...running];
  running.clear();
  await Promise.all(apps.map((app) => app.close()));
}
