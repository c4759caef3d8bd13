import type { UpgradeRequest } from '#engine';
import { originAllowed } from '#engine';
import type { Hub } from '#hub';
import type { ConnectionOptions } from '../options/ws-options.interface.js';

/**
 * Whether the page a client runs in, if it runs in one, may connect.
 * @param proxies whose word on the scheme is believed
 */
export function pageAllowed(
  upgrade: Pick<UpgradeRequest, 'request' | 'origin' | 'secure'>,
  allowed: ConnectionOptions['allowedOrigins'],
  proxies: Pick<Hub['addresses'], 'trusts'>,
): boolean {
  if (allowed === '*') return true;
  const { origin } = upgrade;
  const { host, cookie, authorization } = upgrade.request.headers;
  // A page cannot set Authorization on a WebSocket: with an Origin, the browser has added it itself.
  const ambient = cookie !== undefined || (origin !== undefined && authorization !== undefined);
  return originAllowed(origin, {
    host,
    secure: upgrade.secure || endsTls(upgrade.request, proxies),
    hasCookies: ambient,
    ...(allowed !== undefined && { allowedOrigins: allowed }),
  });
}

/** Whether a trusted proxy says that the client came to it over TLS. */
function endsTls(
  { headers, socket }: UpgradeRequest['request'],
  proxies: Pick<Hub['addresses'], 'trusts'>,
): boolean {
  const scheme = headers['x-forwarded-proto'];
  return scheme === 'https' && proxies.trusts(socket.remoteAddress ?? '');
}
