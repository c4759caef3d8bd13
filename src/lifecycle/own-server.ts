import { endSessions, type UpgradableServer } from '#engine';
import type { OwnPort } from '../options/ws-options.resolver.js';

/** Codes of Node for an address that is none of this machine's. */
const HOST_CODES: ReadonlySet<unknown> = new Set([
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EINVAL',
]);

/** @returns once the port is taken; rejects when it cannot be, for instance with EADDRINUSE */
export function listen(server: UpgradableServer, { port, host }: OwnPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(cannotListen(error, port, host));
    server.once('error', failed);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.removeListener('error', failed);
      resolve();
    });
  });
}

/** Says which option of the module it is; the code, such as EADDRINUSE, stays. */
function cannotListen(error: Error, port: number, host: string | undefined): Error {
  const isHost = 'code' in error && HOST_CODES.has(error.code);
  const what = isHost
    ? 'host: expected an address of this machine'
    : 'port: expected one that is free and allowed';
  const found = isHost ? host : port;
  return Object.assign(
    new Error(`Cannot use WsModule option ${what}, current value is ${found} (${error.message})`, {
      cause: error,
    }),
    error,
  );
}

/** Stops listening and cuts off plain HTTP clients; WebSockets have been closed before. */
export function stopListening(server: UpgradableServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
    endSessions(server);
  });
}
