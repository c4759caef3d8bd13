import { DEFAULT_HANDSHAKE_TIMEOUT, type SendPolicy, type TransportLimits } from '#engine';
import type { RoomAccess } from '../commands/room-access.js';
import { LANE_OPTIONS } from '../dispatch/lane-options.js';
import { MessageRouter, type MessageHandler } from '../dispatch/message-router.js';
import { transportLimits } from '../limits/transport-limits.js';
import { RATE_OPTIONS, type RateOptions } from '../limits/rate-limiter.js';
import { sendPolicy } from '../limits/slow-consumers.js';
import { nested } from '../options/nested-options.js';
import { callback, count, delay, kind, objectWith, text } from '../options/option-kinds.js';
import { REQUIRED, type OptionsFor } from '../options/option.js';
import { isOptions, OptionTable } from '../options/option-table.js';
import type { Codec } from '../wire/codec.js';
import type { EndpointHooks } from './endpoint-hooks.js';

/** What is served on one path. */
export interface EndpointConfig {
  /** The path it is served on, as the application writes it: named in diagnostics. Default ''. */
  path?: string;
  router: MessageRouter;
  hooks?: EndpointHooks;
  /** Gets binary messages as a Buffer, past the codec. Without it the codec decodes or refuses them. */
  onBinary?: MessageHandler;
  /** The codec of a subprotocol ('' when none was agreed on); default JSON for all of them. */
  codecFor?: (protocol: string) => Codec;
  /**
   * All that `codecFor` may return. Named here they are known before a client speaks them: what goes to
   * other nodes and what is kept is encoded with each of them. Default JSON.
   */
  codecs?: readonly Codec[];
  /** Handlers of one connection under way at a time, default 1: answers keep the requests' order. */
  concurrency?: number;
  /** Messages of one connection that wait for their turn before it is paused, default 64. */
  queueSize?: number;
  /** Bytes of these messages, as they came, before it is paused; default 256 KiB. */
  queueBytes?: number;
  /** Streams one connection may have open at a time, default 64; one more is an exception frame. */
  maxStreams?: number;
  /** Milliseconds the connect hook may take, default 10,000; then the connection closes 1013. */
  connectTimeout?: number;
  /** Limits of the connections of this path; default the engine's. */
  limits?: Partial<TransportLimits>;
  /** What happens to events for clients that read too slowly; default `close`. */
  slowConsumers?: SendPolicy | undefined;
  /** How much the clients of this path may send, counted apart from the others; default the hub's. */
  rate?: RateOptions | undefined;
  /** Lets clients enter rooms by themselves, with `$join`; default they cannot. */
  access?: RoomAccess | undefined;
}

const codecs = kind(
  'an array of codecs',
  (value): value is readonly Codec[] => Array.isArray(value) && value.every(isCodec),
);
const router = kind('a MessageRouter', (value) => value instanceof MessageRouter);

export const ENDPOINT_OPTIONS = new OptionTable({
  path: text(''),
  router: router(REQUIRED),
  hooks: objectWith<EndpointHooks>()({}),
  onBinary: objectWith<MessageHandler>('handle')(undefined),
  codecFor: callback<(protocol: string) => Codec>(),
  codecs: codecs(undefined),
  ...LANE_OPTIONS.options,
  /** They occupy no place in the lane. */
  maxStreams: count(64),
  /** As long as the handshake before it. */
  connectTimeout: delay(DEFAULT_HANDSHAKE_TIMEOUT),
  limits: transportLimits(undefined),
  slowConsumers: sendPolicy('close'),
  rate: nested<RateOptions>(RATE_OPTIONS),
  access: objectWith<RoomAccess>('canJoin')(undefined),
} satisfies OptionsFor<EndpointConfig>);

function isCodec(value: unknown): value is Codec {
  if (!isOptions(value)) return false;
  const { name, encode, decode } = value as Partial<Record<keyof Codec, unknown>>;
  return typeof name === 'string' && typeof encode === 'function' && typeof decode === 'function';
}
