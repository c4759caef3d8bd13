import { UsageError } from '../protocol/errors.js';

/** The name registered for RFC 7692. */
export const PERMESSAGE_DEFLATE = 'permessage-deflate';

export interface ZlibDeflateOptions {
  level?: number;
  memLevel?: number;
  strategy?: number;
  /** Accepted for the sake of `ws`; there is one buffer for all. */
  chunkSize?: number;
  /** The same: the window is agreed on, see `serverMaxWindowBits`. */
  windowBits?: number;
}

/** Whether context and windows are wishes: who asks for less gets it, instead of no compression. */
export const kYields = Symbol('yields');

/** Compression of messages (RFC 7692), under the option names of `ws`. */
export interface PerMessageDeflateOptions {
  /** @internal */
  readonly [kYields]?: boolean;
  /** Bytes below which a message is sent as it is; default 1,024. */
  threshold?: number;
  /** Bytes above which a message is sent as it is, for compressing blocks the event loop; default 1 MiB. */
  maxCompressedSize?: number;
  /** Connections whose large messages are inflated in one turn of the event loop; default 10. */
  concurrencyLimit?: number;
  /** The server's window, 8-15. On a client a number asks the server for it. */
  serverMaxWindowBits?: number | boolean;
  /** The client's window, 8-15. On a client `true` (default) offers to let the server choose. */
  clientMaxWindowBits?: number | boolean;
  /**
   * Whether the server's messages stand alone, so that it needs no state per connection. Default: a
   * server says yes, a client accepts either; false makes the server keep context.
   */
  serverNoContextTakeover?: boolean;
  /** The same for the client's messages, for which the server has to keep the state. */
  clientNoContextTakeover?: boolean;
  zlibDeflateOptions?: ZlibDeflateOptions;
  /** Accepted for the sake of `ws`; inflating needs no choice. */
  zlibInflateOptions?: object;
}

/**
 * `shared`: no state per connection, each message compressed by itself. `dedicated`: context takeover
 * with windows of 8 KiB, about 140 KiB per connection that compresses, most of it a hash table whose size
 * Node's zlib leaves no choice about; a client that asks for a smaller window, or for none of it, gets
 * that. `disabled`: no compression.
 */
export type Compression = 'shared' | 'dedicated' | 'disabled';

export const DEFAULT_THRESHOLD = 1024;
export const DEFAULT_MAX_COMPRESSED_SIZE = 1024 * 1024;
export const DEFAULT_CONCURRENCY_LIMIT = 10;

/** 8 KiB: a message of 4 KiB still finds the one before it. Twice or four times as much saves next to nothing. */
const DEDICATED_WINDOW_BITS = 13;
const DEDICATED_MEM_LEVEL = 4;

/**
 * The options that a choice of `Compression` stands for; false when it is disabled.
 * @throws {UsageError} for any other word
 */
export function compressionOptions(
  compression: Compression,
  extra: PerMessageDeflateOptions = {},
): PerMessageDeflateOptions | false {
  switch (compression) {
    case 'disabled':
      return false;
    case 'shared':
      return { serverNoContextTakeover: true, clientNoContextTakeover: true, ...extra };
    case 'dedicated':
      return {
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        serverMaxWindowBits: DEDICATED_WINDOW_BITS,
        zlibDeflateOptions: { memLevel: DEDICATED_MEM_LEVEL },
        [kYields]: true,
        ...extra,
      };
    default:
      throw new UsageError(
        `Cannot use option compression: current value is ${String(compression)}, allowed are shared, dedicated and disabled`,
      );
  }
}

/** Where compression can be chosen: by the options of RFC 7692, or by what it costs. */
export interface CompressionChoice {
  perMessageDeflate?: boolean | PerMessageDeflateOptions;
  compression?: Compression;
  maxCompressedSize?: number;
}

/**
 * The one set of options that a choice comes to, checked; false for no compression.
 * @throws {UsageError} naming the option, its value and what is allowed
 */
export function resolveCompression(choice: CompressionChoice): PerMessageDeflateOptions | false {
  const { perMessageDeflate, compression, maxCompressedSize } = choice;
  if (typeof (perMessageDeflate ?? true) !== 'boolean' && !isOptions(perMessageDeflate)) {
    throw new UsageError(
      `Cannot use option perMessageDeflate: current value is ${String(perMessageDeflate)}, allowed are true, false and an object`,
    );
  }
  const given = isOptions(perMessageDeflate) ? perMessageDeflate : {};
  const chosen = perMessageDeflate ? given : false;
  const options = compression === undefined ? chosen : compressionOptions(compression, given);
  if (options === false) return false;
  const all = maxCompressedSize === undefined ? options : { ...options, maxCompressedSize };
  checkDeflateOptions(all);
  return all;
}

/** @throws {UsageError} naming the option, its value and what is allowed. */
export function checkDeflateOptions(options: PerMessageDeflateOptions): void {
  for (const name of ['threshold', 'maxCompressedSize', 'concurrencyLimit'] as const) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue;
    refuse(name, value, 'whole numbers from 0');
  }
  for (const name of ['serverMaxWindowBits', 'clientMaxWindowBits'] as const) {
    const value: unknown = options[name];
    if (value === undefined || value === null || typeof value === 'boolean') continue;
    if (Number.isInteger(value) && (value as number) >= 8 && (value as number) <= 15) continue;
    refuse(name, value, 'whole numbers from 8 to 15, true and false');
  }
  for (const name of ['serverNoContextTakeover', 'clientNoContextTakeover'] as const) {
    const value: unknown = options[name];
    if (value === undefined || value === null || typeof value === 'boolean') continue;
    refuse(name, value, 'true and false');
  }
  for (const name of ['zlibDeflateOptions', 'zlibInflateOptions'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && value !== null && !isOptions(value)) refuse(name, value, 'objects');
  }
  for (const [name, least, most] of ZLIB_RANGES) {
    const value = options.zlibDeflateOptions?.[name];
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) {
      continue;
    }
    refuse(`zlibDeflateOptions.${name}`, value, `whole numbers from ${least} to ${most}`);
  }
}

/** What zlib itself would refuse, but only when the first message is compressed. */
const ZLIB_RANGES = [
  ['level', -1, 9],
  ['memLevel', 1, 9],
  ['strategy', 0, 4],
] as const;

function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(name: string, value: unknown, allowed: string): never {
  throw new UsageError(
    `Cannot use option perMessageDeflate.${name}: current value is ${String(value)}, allowed are ${allowed}`,
  );
}
