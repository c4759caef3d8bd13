import { normalizeOrigin, resolveCompression, type PerMessageDeflateOptions } from '#engine';
import { attempt, checkNames, isOptions, kind, type Option } from '#hub';
import type { CodecOption, ConnectionOptions } from './ws-options.interface.js';

/** Those of permessage-deflate, as `ws` names them. */
const DEFLATE_NAMES = Object.keys({
  threshold: true,
  maxCompressedSize: true,
  concurrencyLimit: true,
  serverMaxWindowBits: true,
  clientMaxWindowBits: true,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibDeflateOptions: true,
  zlibInflateOptions: true,
} satisfies Record<keyof PerMessageDeflateOptions & string, true>);

type CompressionOption = NonNullable<ConnectionOptions['compression']>;

/** A word or the options in detail; worked with are the options, false for none. */
export const compression: Option<CompressionOption, PerMessageDeflateOptions | false> = {
  allowed: 'shared, dedicated, disabled or an object',
  fallback: deflateOf('disabled'),
  names: DEFLATE_NAMES,
  read(value, at) {
    if (!isCompression(value)) throw at.refuse(this.allowed, value);
    if (typeof value === 'object') checkNames(value, DEFLATE_NAMES, at);
    attempt(() => deflateOf(value), at);
    return value;
  },
  merge: (_base, given) => deflateOf(given),
};

type CodecOptions = Readonly<Record<string, CodecOption>>;

const codec = kind("'json', 'msgpack' or an object with encode and decode", isCodec)(undefined);

/** By subprotocol: those of a gateway over those of the module. */
export const codecs: Option<CodecOptions> = {
  allowed: 'an object with a codec for each subprotocol',
  fallback: {},
  read(value, at) {
    if (!isOptions(value)) throw at.refuse(this.allowed, value);
    const read = Object.entries(value).map(([name, one]) => [name, codec.read(one, at.in(name))]);
    return Object.fromEntries(read);
  },
  merge: (base, given) => ({ ...base, ...given }),
};

type Origins = NonNullable<ConnectionOptions['allowedOrigins']>;

const originList = kind(
  "a list of origins or '*'",
  (value): value is Origins => value === '*' || Array.isArray(value),
)(undefined);

// One that can never match, for instance with a path behind it, would lock its page out unnoticed.
const origin = kind(
  'scheme://host or scheme://host:port',
  (value): value is string => typeof value === 'string' && normalizeOrigin(value) !== null,
)(undefined);

/** Pages that may connect. */
export const allowedOrigins: typeof originList = {
  ...originList,
  read(value, at) {
    const origins = originList.read(value, at);
    return origins === '*' ? origins : origins.map((one) => origin.read(one, at));
  },
};

function deflateOf(option: CompressionOption): PerMessageDeflateOptions | false {
  return resolveCompression(
    typeof option === 'string' ? { compression: option } : { perMessageDeflate: option },
  );
}

/** Which words there are is for the engine to say. */
function isCompression(value: unknown): value is CompressionOption {
  return typeof value === 'string' || isOptions(value);
}

function isCodec(value: unknown): value is CodecOption {
  if (value === 'json' || value === 'msgpack') return true;
  if (!isOptions(value)) return false;
  return ['encode', 'decode'].every((name) => typeof Reflect.get(value, name) === 'function');
}
