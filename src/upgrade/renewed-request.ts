import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { snapshot, type HandshakeSnapshot } from '#hub';
import { carriesToken, TOKEN_PROTOCOL } from '../auth/token-extractors.js';

/** A request that guards and `@VerifyClient` methods can judge, and its snapshot. */
interface RenewedRequest {
  readonly request: IncomingMessage;
  readonly handshake: HandshakeSnapshot;
}

/** Query parameters in which clients commonly send their token. */
const TOKEN_PARAMETERS = ['token', 'access_token'];

/**
 * The opening handshake once more, as it would be with another token: what let the client in then
 * decides about it again, without knowing that there is no new request. The token stands in the
 * Authorization header, and in the subprotocol or query parameter where the old one was.
 */
export function renewedRequest(original: HandshakeSnapshot, token: string): RenewedRequest {
  const request = new IncomingMessage(new Socket());
  const { origin, secure, params, protocol, ip } = original;
  const protocols = original.protocols.map((name) =>
    carriesToken(name) ? TOKEN_PROTOCOL + token : name,
  );
  request.method = 'GET';
  request.url = withToken(original.url, token);
  Object.assign(request.headers, original.headers, { authorization: `Bearer ${token}` });
  if (protocols.length > 0) request.headers['sec-websocket-protocol'] = protocols.join(', ');
  const { url, headers } = request;
  const opening = { url, headers, path: original.path, protocols, origin, secure, peerAddress: ip };
  return { request, handshake: snapshot(opening, { params, protocol }) };
}

function withToken(url: string, token: string): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const query = new URLSearchParams(url.slice(mark + 1));
  for (const name of TOKEN_PARAMETERS) if (query.has(name)) query.set(name, token);
  return `${url.slice(0, mark)}?${query.toString()}`;
}
