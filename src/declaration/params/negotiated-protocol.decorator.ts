import { ParamKind } from './param-kind.js';
import { paramDecorator } from './param-metadata.js';

/** The subprotocol agreed in the handshake, `''` when there is none. */
export function NegotiatedProtocol(): ParameterDecorator {
  return paramDecorator(ParamKind.Protocol);
}
