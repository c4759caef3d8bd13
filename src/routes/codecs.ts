import {
  ErrorCode,
  jsonCodec,
  loadMsgpackCodec,
  readEnvelope,
  WireError,
  type Codec,
  type Envelope,
} from '#hub';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import type { CodecOption } from '../options/ws-options.interface.js';
import type { GatewayRoute } from './gateway-route.js';

/** Subprotocols that mean a codec by their name alone. */
const BUILT_IN: Readonly<Record<string, CodecOption>> = { json: 'json', msgpack: 'msgpack' };

/**
 * All codecs of a path, and the one of a subprotocol. It is chosen by the agreed subprotocol, `''` when none was agreed on.
 * @param options of the module, over which those of the gateways of the path stand
 * @throws {WsConfigurationError} as a rejection: for a protocol that no gateway of the path speaks, or
 *   a package that is missing
 */
export async function codecsOf(
  route: GatewayRoute,
  options: Readonly<Record<string, CodecOption>>,
): Promise<{ codecs: readonly Codec[]; codecFor: (protocol: string) => Codec }> {
  for (const protocol of Object.keys(route.options.codecs ?? {})) {
    if (protocol === '' || route.protocols.includes(protocol)) continue;
    throw new WsConfigurationError(
      `Cannot map ${route.path.pattern}: option codecs expects a protocol of the path (${route.protocols.join(', ')}), current value is ${protocol}`,
    );
  }
  const codecs = new Map<string, Codec>();
  for (const protocol of ['', ...route.protocols]) {
    codecs.set(protocol, await load(options[protocol] ?? BUILT_IN[protocol] ?? 'json'));
  }
  return {
    codecs: [...codecs.values()],
    codecFor: (protocol) => codecs.get(protocol) ?? jsonCodec,
  };
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
