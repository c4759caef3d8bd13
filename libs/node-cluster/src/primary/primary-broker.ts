import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { MemoryBrokerServer } from '#hub';
import { newSocketPath, removeSocketPath, SOCKET_VARIABLE } from '../wire/socket-path.js';
import { FrameCache } from './frame-cache.js';
import { WorkerPort } from './worker-port.js';

/** How the primary's broker is started. */
export interface PrimaryBrokerOptions {
  /**
   * Where it listens: a path for a Unix socket, in a folder that nobody else may enter, or a named pipe.
   * Default a new one that nobody can guess.
   */
  readonly path?: string | undefined;
}

/** The broker in the primary process, while it runs. */
export interface PrimaryBroker {
  /** Where it listens. Whoever can connect there can speak as the server. */
  readonly path: string;
  /** Workers that are connected. */
  readonly workers: number;
  /** Ends it, and the links of all workers: each goes on alone. */
  close(): Promise<void>;
}

/**
 * Starts the broker of `node:cluster` in the primary process: it relays what workers say to one another,
 * and keeps their histories and mail in its memory. Call it before `cluster.fork()`: workers learn from
 * the environment where it listens.
 *
 * It listens on a Unix socket that only this user can reach (a named pipe on Windows).
 *
 * @example
 * if (cluster.isPrimary) {
 *   await startPrimaryBroker();
 *   for (let worker = 0; worker < availableParallelism(); worker++) cluster.fork();
 * } else {
 *   await bootstrap(); // WsModule.forRoot({ broker: nodeClusterBroker() })
 * }
 */
export async function startPrimaryBroker(
  options: PrimaryBrokerOptions = {},
): Promise<PrimaryBroker> {
  const memory = new MemoryBrokerServer();
  const frames = new FrameCache();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void new WorkerPort(memory, socket, frames);
  });
  const path = options.path ?? newSocketPath();
  const remove = options.path === undefined ? () => removeSocketPath(path) : () => {};
  await listen(server, path, remove);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  process.env[SOCKET_VARIABLE] = path;
  // What only serves workers keeps no process alive: they do.
  server.unref();
  return {
    path,
    get workers(): number {
      return sockets.size;
    },
    async close(): Promise<void> {
      if (process.env[SOCKET_VARIABLE] === path) delete process.env[SOCKET_VARIABLE];
      memory.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      remove();
    },
  };
}

function listen(server: Server, path: string, failed: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      failed();
      reject(error);
    });
    server.listen(path, resolve);
  });
}
