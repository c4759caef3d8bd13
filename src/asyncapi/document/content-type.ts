import type { CodecOption } from '../../options/ws-options.interface.js';
import type { GatewayRoute } from '../../routes/gateway-route.js';

type Codecs = Readonly<Record<string, CodecOption>>;

/**
 * What messages of a path are written in for who agrees on no subprotocol.
 * @param codecs of the module
 * @returns undefined for JSON
 */
export function contentTypeOf({ options }: GatewayRoute, codecs: Codecs): string | undefined {
  const codec = plainOf(options.codecs) ?? plainOf(codecs) ?? 'json';
  if (codec === 'json' || (typeof codec === 'object' && codec.name === 'json')) return undefined;
  if (codec === 'msgpack' || codec.name === 'msgpack') return 'application/vnd.msgpack';
  return codec.binary === true ? 'application/octet-stream' : 'text/plain';
}

function plainOf(codecs: Codecs | undefined): CodecOption | undefined {
  return codecs !== undefined && Object.hasOwn(codecs, '') ? codecs[''] : undefined;
}
