import type * as Msgpack from '@msgpack/msgpack';
import { UsageError } from '#engine';
import { wireCodecs, type Codec } from './codec.js';
import type { Envelope } from './envelope.js';
import { ErrorCode } from './error-code.js';
import { readMaxDepth, tooDeep, type CodecOptions } from './max-depth.js';
import { inspectMsgpack } from './msgpack-shape.js';
import { hasOwnForm, inOwnForms } from './own-form.js';
import { readEnvelope, readFrame } from './read-envelope.js';
import { WireError } from './wire-error.js';

type Extension = InstanceType<typeof Msgpack.ExtensionCodec>;

/** Stops the encoder at an object that says itself what is sent of it. */
const OWN_FORM = new Error('An object with toJSON returned itself');

/** Head of a map of up to 15 entries, which says their number in its lower half. */
const FIXMAP = 0x80;

let loading: Promise<Codec> | undefined;

/**
 * The codec `msgpack`: one MessagePack map per binary message, with the keys of the JSON envelope. It
 * carries bytes and dates as such; of any other object with `toJSON` it carries what that returns, as JSON
 * does. The optional peer `@msgpack/msgpack` is loaded with the first call;
 * all calls give one instance, so that a broadcast is encoded once for all its connections.
 *
 * @throws {UsageError} as a rejection, when the package is not installed
 */
export function loadMsgpackCodec(): Promise<Codec> {
  return (loading ??= createMsgpackCodec());
}

/**
 * Another codec of the same format, with options; broadcasts are encoded once more for it.
 *
 * @throws {UsageError} as a rejection, for a `maxDepth` that makes no sense and when the package is not
 *   installed
 */
export async function createMsgpackCodec(options: CodecOptions = {}): Promise<Codec> {
  const maxDepth = readMaxDepth(options);
  const { Decoder, Encoder, ExtensionCodec } = await load();
  // Asked about every object there is to encode, before its fields are.
  class OwnForms extends ExtensionCodec {
    override tryToEncode(
      object: unknown,
      context: undefined,
    ): ReturnType<Extension['tryToEncode']> {
      if (hasOwnForm(object)) throw OWN_FORM;
      return super.tryToEncode(object, context);
    }
  }
  // Its depth counts values, not only what holds others.
  const encoder = new Encoder({
    ignoreUndefined: true,
    maxDepth: maxDepth + 1,
    extensionCodec: new OwnForms(),
  });
  const decoder = new Decoder();
  const read = (payload: string | Uint8Array): unknown => {
    if (typeof payload === 'string') {
      throw new WireError(
        ErrorCode.BadEnvelope,
        'Cannot read message: a binary message is expected, current value is a text message',
      );
    }
    const shape = inspectMsgpack(payload, maxDepth);
    if (shape === 'deep') throw tooDeep(maxDepth);
    if (shape === 'long') throw invalid();
    return parse(decoder, payload);
  };
  const codec: Codec = {
    name: 'msgpack',
    binary: true,

    encode({ event, data, id, complete, at, mail }: Envelope): Uint8Array {
      try {
        return encoder.encode({ event, data, id, complete, at, mail });
      } catch (error) {
        if (error !== OWN_FORM) throw error;
        return encoder.encode({ event, data: inOwnForms(data), id, complete, at, mail });
      }
    },

    decode: (payload) => readEnvelope(read(payload)),

    decodeFrame: (payload) => readFrame(read(payload)),

    place(encoded: Uint8Array, { at, mail }: Pick<Envelope, 'at' | 'mail'>): Uint8Array {
      const fields = encoder.encode({ at, mail });
      const count = (fields[0] ?? FIXMAP) - FIXMAP;
      // An envelope has six fields at most, so both are maps of one byte that says how many they have.
      const placed = Buffer.allocUnsafe(encoded.length + fields.length - 1);
      placed.set(encoded);
      placed[0] = (encoded[0] ?? FIXMAP) + count;
      placed.set(fields.subarray(1), encoded.length);
      return placed;
    },
  };
  wireCodecs.add(codec);
  return codec;
}

async function load(): Promise<typeof Msgpack> {
  try {
    return await import('@msgpack/msgpack');
  } catch (cause) {
    const error = new UsageError(
      'Cannot use codec msgpack: the package @msgpack/msgpack 3.1 or later is not installed',
      'WS_ERR_MISSING_PACKAGE',
    );
    error.cause = cause;
    throw error;
  }
}

function parse(decoder: { decode(payload: Uint8Array): unknown }, payload: Uint8Array): unknown {
  try {
    return decoder.decode(payload);
  } catch {
    // The cause is left out on purpose: its message may quote the payload. A key `__proto__` ends here.
    throw invalid();
  }
}

function invalid(): WireError {
  return new WireError(ErrorCode.BadEnvelope, 'Cannot parse message: it is not valid MessagePack');
}
