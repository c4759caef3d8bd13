import {
  ErrorCode,
  jsonCodec,
  loadMsgpackCodec,
  readEnvelope,
  WIRE_MSGPACK_PROTOCOL,
  WIRE_PROTOCOL,
  wireCodecs,
  WireError,
  type Codec,
  type Envelope,
} from '#hub';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import type { CodecOption } from '../options/ws-options.interface.js';
import type { GatewayRoute } from './gateway-route.js';

/** Subprotocols of the wire's versions: those every path speaks, beside its own. */
const WIRE: ReadonlyMap<string, 'json' | 'msgpack'> = new Map([
  [WIRE_PROTOCOL, 'json'],
  [WIRE_MSGPACK_PROTOCOL, 'msgpack'],
]);

/** Subprotocols that mean a codec by their name alone. */
const BUILT_IN: ReadonlyMap<string, CodecOption> = new Map([
  ['json', 'json'],
  ['msgpack', 'msgpack'],
  ...WIRE,
]);

type Codecs = Readonly<Record<string, CodecOption>>;

/** How a path is spoken to. */
interface PathCodecs {
  /** Those of the path's own protocols. */
  readonly codecs: readonly Codec[];
  /** Versions of the wire that it speaks beside them. */
  readonly versions: readonly string[];
  /** The codec of an agreed subprotocol, `''` when none was agreed on. */
  readonly codecFor: (protocol: string) => Codec;
}

/**
 * All codecs of a path, and the one of a subprotocol. A version of the wire has the codec its name says, or the
 * path's own one of that format. It is not among `codecs`: what goes to other nodes is encoded with it from the
 * first client on that speaks it.
 * @param options of the module, over which those of the gateways of the path stand
 * @throws {WsConfigurationError} as a rejection: for a protocol that no gateway of the path speaks, or
 *   a package that is missing
 */
export async function codecsOf(route: GatewayRoute, options: Codecs): Promise<PathCodecs> {
  for (const protocol of Object.keys(route.options.codecs ?? {})) {
    if (protocol === '' || WIRE.has(protocol) || route.protocols.includes(protocol)) continue;
    throw new WsConfigurationError(
      `Cannot map ${route.path.pattern}: option codecs expects a protocol of the path (${route.protocols.join(', ')}), current value is ${protocol}`,
    );
  }
  const codecs = new Map<string, Codec>();
  for (const protocol of ['', ...route.protocols]) {
    codecs.set(
      protocol,
      await load(optionOf(options, protocol) ?? BUILT_IN.get(protocol) ?? 'json'),
    );
  }
  const own = [...codecs.values()];
  const versions: string[] = [];
  for (const [protocol, format] of WIRE) {
    const codec = codecs.get(protocol) ?? (await loadWire(options, protocol, format));
    if (codec === undefined) continue;
    if ((codec.binary === true) !== (format === 'msgpack')) throw wrongFormat(route, protocol);
    codecs.set(protocol, codec);
    versions.push(protocol);
  }
  return { codecs: own, versions, codecFor: (protocol) => codecs.get(protocol) ?? jsonCodec };
}

/** @returns undefined for MessagePack without its package: who only might speak it needs none */
async function loadWire(
  options: Codecs,
  protocol: string,
  format: 'json' | 'msgpack',
): Promise<Codec | undefined> {
  const given = optionOf(options, protocol);
  if (given !== undefined) return load(given);
  const plain = optionOf(options, '');
  const isSame = typeof plain === 'object' && plain.name === format && wireCodecs.has(plain);
  if (isSame) return load(plain);
  return format === 'json' ? jsonCodec : loadMsgpackCodec().catch(() => undefined);
}

/** A protocol may be called `constructor`. */
function optionOf(options: Codecs, protocol: string): CodecOption | undefined {
  return Object.hasOwn(options, protocol) ? options[protocol] : undefined;
}

function wrongFormat(route: GatewayRoute, protocol: string): WsConfigurationError {
  return new WsConfigurationError(
    `Cannot map ${route.path.pattern}: option codecs expects ${protocol === WIRE_PROTOCOL ? 'text' : 'bytes'} for ${protocol}, current value is a codec of the other kind`,
  );
}

async function load(option: CodecOption): Promise<Codec> {
  if (option === 'json') return jsonCodec;
  if (option !== 'msgpack') return checked(option);
  try {
    return await loadMsgpackCodec();
  } catch (error) {
    throw new WsConfigurationError(error instanceof Error ? error.message : String(error));
  }
}

const checkedCodecs = new WeakMap<Codec, Codec>();

/** One for each codec of the application, because a broadcast is encoded once for each instance. */
function checked(codec: Codec): Codec {
  const known = checkedCodecs.get(codec) ?? new CheckedCodec(codec);
  checkedCodecs.set(codec, known);
  return known;
}

/** A codec of the application: what it decodes was written by a client and may be no envelope at all. */
class CheckedCodec implements Codec {
  readonly #codec: Codec;
  readonly name: string;
  readonly binary: boolean;
  readonly place: Codec['place'];

  constructor(codec: Codec) {
    this.#codec = codec;
    this.name = codec.name;
    this.binary = codec.binary === true;
    this.place = codec.place?.bind(codec);
  }

  encode(envelope: Envelope): string | Uint8Array {
    return this.#codec.encode(envelope);
  }

  decode(payload: string | Uint8Array): Envelope {
    return readEnvelope(this.#parse(payload));
  }

  #parse(payload: string | Uint8Array): unknown {
    try {
      return this.#codec.decode(payload);
    } catch (cause) {
      if (cause instanceof WireError) throw cause;
      // Most parsers throw errors of their own at what a client may send at will: no fault of the server.
      throw new WireError(
        ErrorCode.BadEnvelope,
        `Cannot parse message: codec ${this.name} could not decode it`,
        { cause },
      );
    }
  }
}
