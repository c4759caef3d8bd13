import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { Hub, memoryBroker, MemoryBrokerServer, type Broker } from '#hub';
import type { WsModuleOptions } from 'nestwire';
import { startApp, type AppOptions, type TestApp } from '../../e2e/support/app.js';

/** Nest applications on one broker, as the nodes of one application; all of them see each other. */
export async function startNodes(
  count: number,
  { options, ...app }: AppOptions,
  broker: (index: number) => Broker = brokersOf(new MemoryBrokerServer()),
  of: (index: number) => WsModuleOptions = () => ({}),
): Promise<TestApp[]> {
  const nodes: TestApp[] = [];
  for (let index = 0; index < count; index++) {
    const own = { ...options, ...of(index), broker: broker(index) };
    nodes.push(await startApp({ ...app, options: own }));
  }
  await acquainted(nodes.map((node) => node.app));
  return nodes;
}

/** What was logged: Nest has one logger, that of the application which was created last. */
export function logged(level: string, ...nodes: readonly TestApp[]): string[] {
  return nodes.flatMap(({ log }) => log.of(level));
}

/** Each call is another node's way to one server. */
export function brokersOf(server: MemoryBrokerServer): () => Broker {
  return () => memoryBroker(server);
}

/** Settles when every node knows all others. */
export async function acquainted(apps: readonly INestApplication[]): Promise<void> {
  await until(() => apps.every((app) => app.get(Hub).cluster.nodes.length === apps.length));
}

/** Settles when it holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  milliseconds = 5_000,
): Promise<void> {
  const late = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > late) {
      throw new Error(`Not so within ${milliseconds} ms: ${String(holds)}`);
    }
    await sleep(5);
  }
}

/** What nobody has caught while it was looked at. */
export class Unhandled {
  readonly errors: unknown[] = [];
  readonly #keep = (error: unknown): void => void this.errors.push(error);

  start(): this {
    process.on('unhandledRejection', this.#keep);
    process.on('uncaughtException', this.#keep);
    return this;
  }

  stop(): void {
    process.off('unhandledRejection', this.#keep);
    process.off('uncaughtException', this.#keep);
  }
}
