import { UsageError } from './errors.js';
import { nearestName } from './nearest-name.js';

/**
 * What one end of a connection takes from its peer. Every field is a bound on memory or time that
 * a hostile peer could otherwise choose for us.
 */
export interface ProtocolLimits {
  /** Bytes of one message, after inflating. A larger one closes 1009 before it is buffered. 0 = no limit. */
  maxPayload: number;
  /** Bytes of one frame's payload, as it is on the wire. A larger one closes 1009. 0 = no limit. */
  maxFrame: number;
  /** Fragments of one message; one more closes 1008. 0 = no limit. */
  maxFragments: number;
  /**
   * Chunks one unfinished message may arrive in; one more closes 1008. They are copied compactly, so
   * this bounds CPU rather than memory. 0 = no limit.
   */
  maxBufferedChunks: number;
  /** Hand text to the listener without checking that it is UTF-8. Only for peers you trust. */
  skipUTF8Validation: boolean;
  /** Refuse lengths that are not in the fewest bytes possible (RFC 6455 5.2). Most peers do not check. */
  requireMinimalLength: boolean;
}

/** Times, queues and budgets of one connection, beside what the protocol itself bounds. */
export interface TransportLimits extends ProtocolLimits {
  /** Milliseconds between pings; 0 = no pings. */
  pingInterval: number;
  /** Milliseconds a pong may take before the connection is destroyed (1006 locally); 0 = off. */
  pongTimeout: number;
  /** Milliseconds without a byte from the peer before the connection closes 1001; 0 = off. */
  idleTimeout: number;
  /** Milliseconds a connection may live before it closes 1001, less up to 10 % jitter; 0 = off. */
  maxLifetime: number;
  /** Milliseconds the closing handshake may take before the socket is destroyed; 0 = off. */
  closeTimeout: number;
  /** Answer pings with pongs (RFC 6455 5.5.2). Off, the listener has to. */
  autoPong: boolean;
  /** Bytes in the send queue above which `onDrain` will follow. */
  sendSoftMark: number;
  /** Bytes in the send queue above which the connection is closed 1013; 0 = no limit. */
  sendHardLimit: number;
  /** Messages in the send queue above which the connection is closed 1013; 0 = no limit. */
  maxQueuedMessages: number;
  /** Milliseconds the peer may take no byte while messages wait, before it is destroyed; 0 = off. */
  sendStallTimeout: number;
  /** Bytes that have to wait meanwhile for `sendStallTimeout` to end anything; 0 = any will do. */
  sendStallBytes: number;
  /** Automatic pongs waiting for a peer that does not read; one more closes 1008. 0 = newest only. */
  maxPendingAutoPongs: number;
  /**
   * Frames one connection hands out in a turn of the event loop before others get theirs; 256 bytes count as
   * one, so the default is 64 KiB, too. Of messages over 64 KiB 4 KiB do.
   */
  maxFramesPerTurn: number;
}

const MIB = 1024 * 1024;

/** What `WsModule` starts from: safe for the open internet. */
export const DEFAULT_LIMITS: Readonly<TransportLimits> = Object.freeze({
  maxPayload: MIB,
  maxFrame: 0,
  maxFragments: 1024,
  maxBufferedChunks: 256 * 1024,
  skipUTF8Validation: false,
  requireMinimalLength: false,
  pingInterval: 25_000,
  pongTimeout: 10_000,
  idleTimeout: 120_000,
  maxLifetime: 0,
  closeTimeout: 5_000,
  autoPong: true,
  sendSoftMark: 64 * 1024,
  sendHardLimit: MIB,
  maxQueuedMessages: 1024,
  sendStallTimeout: 10_000,
  sendStallBytes: 0,
  maxPendingAutoPongs: 0,
  maxFramesPerTurn: 256,
});

/**
 * What `WebSocketServer` and `WebSocket` start from: the limits of `ws` 8.23, so that a change of
 * import refuses nothing that was accepted before. Closing is bounded as in `ws`, by 30 s. Of fragments
 * there may be more, for here they cost a byte a byte. A queue has no limit of its own, but one of 16 MiB
 * of which nobody takes anything is lost for both: who is behind is not cut off, nor who reads nothing for
 * a while.
 */
export const WS_LIMITS: Readonly<TransportLimits> = Object.freeze({
  ...DEFAULT_LIMITS,
  maxPayload: 100 * MIB,
  maxFragments: 128 * 1024,
  pingInterval: 0,
  idleTimeout: 0,
  closeTimeout: 30_000,
  sendHardLimit: 0,
  maxQueuedMessages: 0,
  sendStallBytes: 16 * MIB,
  maxPendingAutoPongs: 60,
});

// By what they started from, then by what differs: the same options may meet either set.
const resolved = new WeakMap<object, WeakMap<object, Readonly<TransportLimits>>>();

/**
 * The limits with defaults filled in: one shared object per `overrides` object, for connections are
 * many and limits are few.
 * @param overrides what differs from `base`; undefined values count as left out
 * @throws {UsageError} naming the limit, for a value of another type, negative or fractional, or for a name
 *   that no limit has
 */
export function resolveLimits(
  overrides: Readonly<Partial<TransportLimits>> | undefined,
  base: Readonly<TransportLimits> = DEFAULT_LIMITS,
): Readonly<TransportLimits> {
  if (overrides === undefined) return base;
  let known = resolved.get(base);
  if (known === undefined) {
    known = new WeakMap([[base, base]]);
    resolved.set(base, known);
  }
  let limits = known.get(overrides);
  if (limits === undefined) {
    limits = merge(overrides, base);
    known.set(overrides, limits);
    known.set(limits, limits);
  }
  return limits;
}

/**
 * The limits among the options of `ws`, where null is one left out. Connections without limits of their
 * own share one object. What is given is copied, for the caller may change its options between two
 * connections.
 * @throws {UsageError} as `resolveLimits` does
 */
export function wsLimits(
  options: Readonly<Partial<TransportLimits>> & { readonly allowSynchronousEvents?: boolean },
): Readonly<TransportLimits> {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(WS_LIMITS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || value === null) continue;
    // For `ws` a limit of Infinity is none, which here is 0.
    given[name] = value === Infinity && name !== 'maxFramesPerTurn' ? 0 : value;
  }
  // One event per turn is a frame budget of one.
  if (options.allowSynchronousEvents === false) given['maxFramesPerTurn'] = 1;
  return Object.keys(given).length === 0 ? WS_LIMITS : resolveLimits(given, WS_LIMITS);
}

function merge(
  overrides: Readonly<Partial<TransportLimits>>,
  base: Readonly<TransportLimits>,
): Readonly<TransportLimits> {
  for (const name of Object.keys(overrides))
    if (!Object.hasOwn(base, name)) throw unknown(name, base);
  const limits: TransportLimits = { ...base };
  for (const [name, sample] of Object.entries(base)) {
    const value: unknown = Reflect.get(overrides, name);
    if (value === undefined) continue;
    check(name, value, sample);
    Object.assign(limits, { [name]: value });
  }
  return Object.freeze(limits);
}

function unknown(name: string, base: object): UsageError {
  const known = Object.keys(base);
  const nearest = nearestName(name, known);
  const hint =
    nearest === undefined ? `allowed are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return new UsageError(`Cannot use limit ${name}: there is none of this name, ${hint}`);
}

function check(name: string, value: unknown, sample: number | boolean): void {
  if (typeof sample === 'boolean') {
    if (typeof value === 'boolean') return;
    throw new UsageError(
      `Cannot use option ${name}: current value is ${String(value)}, allowed are true and false`,
    );
  }
  const least = name === 'maxFramesPerTurn' ? 1 : 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return;
  throw new UsageError(
    `Cannot use option ${name}: current value is ${String(value)}, allowed are whole numbers from ${least}`,
  );
}
