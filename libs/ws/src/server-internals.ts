import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRequest } from '#engine';
import {
  completeUpgrade,
  kAdmitted,
  readUpgrade,
  stateOf,
  WebSocketServer,
  type Accepted,
} from '#ws';
import { keepAdmitted, takeAdmitted } from './admitted-upgrades.js';

type CompleteUpgrade = (
  this: WebSocketServer,
  extensions: object,
  key: string,
  protocols: Set<string>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  accepted: Accepted,
) => void;

const STATES = ['running', 'closing', 'closed'] as const;

/**
 * The last step of an upgrade: also on its own, for programs that look at the request themselves. What
 * the client offers is read of the request again.
 */
const complete: CompleteUpgrade = function (
  _extensions,
  _key,
  _protocols,
  request,
  socket,
  head,
  accepted,
) {
  const upgrade = takeAdmitted(request) ?? readUpgrade(this, request, socket, head);
  if (upgrade !== null && !upgrade.settled) completeUpgrade(this, upgrade, accepted);
};

/** Adds to the class what other programs know of the inside of `ws`. */
export function addServerInternals(): void {
  const { prototype } = WebSocketServer;
  const hidden = { configurable: true, writable: true };
  Object.defineProperties(prototype, {
    completeUpgrade: { ...hidden, value: complete },
    [kAdmitted]: { ...hidden, value: admit },
    _server: { configurable: true, get: ifObject((wss) => openServer(wss)) },
    _state: { configurable: true, get: ifObject((wss) => STATES.indexOf(stateOf(wss).state)) },
  });

  function ifObject(read: (wss: WebSocketServer) => unknown) {
    return function (this: WebSocketServer): unknown {
      return this === prototype ? undefined : read(this);
    };
  }
}

/** Null when there is none, and once it is let go of. */
function openServer(wss: WebSocketServer): unknown {
  const { server, state } = stateOf(wss);
  return state === 'running' ? server : null;
}

/** Calls a `completeUpgrade` that somebody has put before ours. */
function admit(
  this: WebSocketServer & { completeUpgrade: CompleteUpgrade },
  upgrade: UpgradeRequest,
  socket: Duplex,
  head: Buffer,
  accepted: Accepted,
): void {
  if (this.completeUpgrade === complete) {
    completeUpgrade(this, upgrade, accepted);
    return;
  }
  const { request, handshake, protocols } = upgrade;
  keepAdmitted(this, upgrade, socket);
  const key = handshake.key;
  this.completeUpgrade({}, key, new Set(protocols), request, socket, head, accepted);
}
