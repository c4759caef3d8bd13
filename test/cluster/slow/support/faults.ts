import { setTimeout as pause } from 'node:timers/promises';
import type { Promised } from './check.js';
import type { NodeHandle } from './node-handle.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';

/** Something that goes wrong while nodes talk, and what holds all the same. */
export interface Fault extends Promised {
  readonly name: string;
  /** @returns when its cause was over, in milliseconds since the epoch; 0 where nothing was away */
  readonly happens: (nodes: readonly NodeHandle[]) => Promise<number>;
}

/** The process of a server. */
interface ServerProcess {
  start(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
}

/** @param meanwhile done while it is dead */
export async function killed(server: ServerProcess, meanwhile?: () => void): Promise<number> {
  await server.kill();
  meanwhile?.();
  await pause(2_000);
  await server.start();
  return Date.now();
}

export async function stopped(server: ServerProcess): Promise<number> {
  server.pause();
  await pause(3_000);
  server.resume();
  return Date.now();
}

/** Its connections stay open, and nothing passes. */
export async function blackHole(proxy: TcpProxy): Promise<number> {
  proxy.hold();
  await pause(4_000);
  proxy.release();
  return Date.now();
}

/** Its connections end, and there are no new ones. */
export async function cutOff(proxy: TcpProxy): Promise<number> {
  proxy.refuse();
  await pause(3_000);
  proxy.accept();
  return Date.now();
}
