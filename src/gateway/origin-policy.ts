import type { UpgradeRequest } from '#engine';
import { originAllowed } from '#engine';
import type { ConnectionOptions } from '../ws-options.interface.js';

/** Whether the page a client runs in, if it runs in one, may connect. */
export function pageAllowed(
  upgrade: Pick<UpgradeRequest, 'request' | 'origin' | 'secure'>,
  allowed: ConnectionOptions['allowedOrigins'],
): boolean {
  if (allowed === '*') return true;
  const { origin, secure } = upgrade;
  const { host, cookie, authorization } = upgrade.request.headers;
  // A page cannot set Authorization on a WebSocket: with an Origin, the browser has added it itself.
  const ambient = cookie !== undefined || (origin !== undefined && authorization !== undefined);
  return originAllowed(origin, {
    host,
    secure,
    hasCookies: ambient,
    ...(allowed !== undefined && { allowedOrigins: allowed }),
  });
}
