import { ParamKind } from './param-kind.js';
import { paramDecorator } from './param-metadata.js';

/**
 * The snapshot of the upgrade request (`HandshakeSnapshot`): path, params, query, headers, cookies, IP.
 * Works in `@VerifyClient`, connection hooks and message handlers.
 */
export function Handshake(): ParameterDecorator {
  return paramDecorator(ParamKind.Handshake);
}
