// Compiled only: the hand-written types of `nestwire/ws` have every option that there is.
import type {
  ClientOptions,
  PerMessageDeflateOptions,
  TransportLimits,
  WebSocketServerOptions,
} from 'nestwire/engine';
import type * as written from 'nestwire/ws';

type Missing<Ours, Written> = Exclude<keyof Ours & string, keyof Written>;
/** Of `http.request` and `tls.connect`, which `ClientRequestArgs` has in the constructor. */
type OfNode = keyof import('node:https').RequestOptions;

/** `false` where something is missing, so that this does not compile. */
type IsNever<T> = [T] extends [never] ? true : false;
export const complete: true[] = [
  true satisfies IsNever<Missing<WebSocketServerOptions, written.ServerOptions>>,
  true satisfies IsNever<Missing<TransportLimits, written.ClientOptions>>,
  true satisfies IsNever<Exclude<Missing<ClientOptions, written.ClientOptions>, OfNode>>,
  true satisfies IsNever<Missing<PerMessageDeflateOptions, written.PerMessageDeflateOptions>>,
  true satisfies IsNever<Missing<written.ServerOptions, WebSocketServerOptions>>,
  true satisfies IsNever<Missing<written.PerMessageDeflateOptions, PerMessageDeflateOptions>>,
];
