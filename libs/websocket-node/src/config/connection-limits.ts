import {
  WS_LIMITS,
  resolveCompression,
  resolveLimits,
  type PerMessageDeflateOptions,
  type TransportLimits,
} from '#engine';
import type { ConnectionConfig } from './config.js';

/**
 * What a connection is bound by beside its options. Pings and pongs are this layer's own, for it lets
 * an application cancel the one and times the other by silence.
 */
const BASE: Readonly<TransportLimits> = Object.freeze({
  ...WS_LIMITS,
  autoPong: false,
  pingInterval: 0,
  pongTimeout: 0,
  // A peer that reads nothing keeps its queue for 10 s.
  sendStallTimeout: 10_000,
  sendStallBytes: 0,
  // Counts fragments, too: a message of 256 MiB is that many of the default size.
  maxQueuedMessages: 16 * 1024,
});

const known = new WeakMap<ConnectionConfig, Readonly<TransportLimits>>();

/**
 * The engine's limits for a connection with these options; one object for all connections of a server.
 * @throws {UsageError} naming the engine's limit, for a value it cannot use
 */
export function connectionLimits(config: ConnectionConfig): Readonly<TransportLimits> {
  let limits = known.get(config);
  if (limits === undefined) {
    const { maxReceivedFrameSize, maxReceivedMessageSize, closeTimeout } = config;
    limits = resolveLimits(
      {
        maxFrame: bound(maxReceivedFrameSize),
        maxPayload: bound(maxReceivedMessageSize),
        ...(closeTimeout === undefined ? {} : { closeTimeout }),
        ...config.limits,
        autoPong: false,
      },
      BASE,
    );
    known.set(config, limits);
  }
  return limits;
}

/**
 * Compression to negotiate. None where frames are handed out: what is in them would be compressed.
 * @throws {UsageError} for an option of it that cannot be used
 */
export function connectionCompression(config: ConnectionConfig): PerMessageDeflateOptions | false {
  if (!config.perMessageDeflate || config.assembleFragments === false) return false;
  return resolveCompression({ perMessageDeflate: config.perMessageDeflate });
}

/** The engine says 0 where users of this API write Infinity. */
function bound(size: number | undefined): number {
  return size === undefined || size === Infinity ? 0 : size;
}
