import { originAllowed, type Opening } from '#engine';
import type { Hub } from '#hub';
import type { ConnectionOptions } from '../options/ws-options.interface.js';

/**
 * Whether the page a client runs in, if it runs in one, may connect.
 * @param proxies whose word on the scheme is believed
 */
export function pageAllowed(
  opening: Pick<Opening, 'headers' | 'host' | 'origin' | 'secure' | 'peerAddress'>,
  allowed: ConnectionOptions['allowedOrigins'],
  proxies: Pick<Hub['addresses'], 'trusts'>,
): boolean {
  if (allowed === '*') return true;
  const { origin, host } = opening;
  const { cookie, authorization } = opening.headers;
  // A page cannot set Authorization on a WebSocket: with an Origin, the browser has added it itself.
  const ambient = cookie !== undefined || (origin !== undefined && authorization !== undefined);
  return originAllowed(origin, {
    host,
    secure: opening.secure || endsTls(opening, proxies),
    hasCookies: ambient,
    ...(allowed !== undefined && { allowedOrigins: allowed }),
  });
}

/** Whether a trusted proxy says that the client came to it over TLS. */
function endsTls(
  { headers, peerAddress }: Pick<Opening, 'headers' | 'peerAddress'>,
  proxies: Pick<Hub['addresses'], 'trusts'>,
): boolean {
  const scheme = headers['x-forwarded-proto'];
  return scheme === 'https' && proxies.trusts(peerAddress);
}
