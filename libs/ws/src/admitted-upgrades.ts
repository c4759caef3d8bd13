import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '#engine';
import { keeperOf, type ConnectionKeeper, type WebSocketServer } from '#ws';

/** Upgrades that were let in and wait for a `completeUpgrade` that somebody has put before ours. */
const byRequest = new WeakMap<IncomingMessage, UpgradeRequest>();
const bySocket = new WeakMap<Duplex, { wss: WebSocketServer; upgrade: UpgradeRequest }>();

/** What is left of an upgrade for the connection that a program makes of its socket. */
interface Released {
  /** What the client has sent behind its request. */
  readonly early: Buffer;
  /** To be told of the connection's end; null where connections are not counted. */
  readonly keeper: ConnectionKeeper | null;
}

/** Keeps an upgrade until it is taken, or its socket is. */
export function keepAdmitted(wss: WebSocketServer, upgrade: UpgradeRequest, socket: Duplex): void {
  byRequest.set(upgrade.request, upgrade);
  bySocket.set(socket, { wss, upgrade });
}

/** The upgrade of `request`, which the caller answers; null when there is none. */
export function takeAdmitted(request: IncomingMessage): UpgradeRequest | null {
  const upgrade = byRequest.get(request) ?? null;
  byRequest.delete(request);
  return upgrade;
}

/**
 * Lets go of the upgrade on `socket`, which a program has answered itself, as a copy of `completeUpgrade`
 * of `ws` does: else it would be answered 503 when its time is up, into the frames of the connection.
 * @returns null when no upgrade waits there
 */
export function releaseAdmitted(socket: Duplex): Released | null {
  const admitted = bySocket.get(socket);
  if (admitted === undefined) return null;
  bySocket.delete(socket);
  const early = admitted.upgrade.release();
  return early === null ? null : { early, keeper: keeperOf(admitted.wss) };
}
