import type { Server } from 'node:http';
import type { OwnPort } from '../options/ws-options.resolver.js';

/** @returns once the port is taken; rejects when it cannot be, for instance with EADDRINUSE */
export function listen(server: Server, { port, host }: OwnPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Stops listening and cuts off plain HTTP clients; WebSockets have been closed before. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
