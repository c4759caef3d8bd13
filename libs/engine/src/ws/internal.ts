// What the layers above have of the API of `ws`: `#ws`.
export * from './index.js';
export {
  completeUpgrade,
  kAdmitted,
  keeperOf,
  kVerifying,
  readUpgrade,
  stateOf,
  type Accepted,
} from './websocket-server.js';
// What `libs/ws` needs, which is `ws` to the letter: its internals are known to other programs.
export { acceptOffer, readAnswer, type DeflateAgreement } from '../deflate/negotiation.js';
export { PERMESSAGE_DEFLATE } from '../deflate/deflate-options.js';
export { PerMessageDeflate } from '../deflate/permessage-deflate.js';
export { parseSubprotocols } from '../handshake/subprotocol.js';
export { Protocol, type ProtocolSink } from '../protocol/protocol.js';
export { wsLimits } from '../protocol/limits.js';
export { toBinaryType } from './binary-type.js';
export type { ConnectionKeeper } from './connection-end.js';
export { readCloseArguments } from './close-arguments.js';
export { toBytes } from './message-data.js';
export { redirectsOf } from './opening.js';
export { violationOf } from './shape/error-names.js';
export { endOf } from './websocket.js';
