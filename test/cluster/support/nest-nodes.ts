import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Hub, memoryBroker, MemoryBrokerServer, type Broker } from '#hub';
import type { WsModuleOptions } from 'nestwire';
import { closeApps, startApp, type AppOptions, type TestApp } from '../../e2e/support/app.js';

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

/** Closes all applications after each test of a file, and holds that nothing was left uncaught. */
export function closeAfterEach(): void {
  const uncaught: unknown[] = [];
  const keep = (error: unknown): void => void uncaught.push(error);
  process.on('unhandledRejection', keep);
  process.on('uncaughtException', keep);
  afterEach(async () => {
    await closeApps();
    expect(uncaught.splice(0)).toEqual([]);
  });
}
