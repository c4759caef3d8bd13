import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import type { Opening } from '../opening/opening.js';
import { normalizeOrigin, originAllowed } from '../handshake/origin.js';
import { UsageError } from '../protocol/errors.js';
import type { TrustedProxies } from './trusted-proxies.js';

/** What is read of an opening to judge the page it came from. */
type PageFacts = Pick<
  Opening,
  'headers' | 'host' | 'origin' | 'secure' | 'peerAddress' | 'request'
>;

/** Characters of a header that a log line quotes. */
const MAX_QUOTED = 200;

/**
 * Whether the page a client runs in, if it runs in one, may connect; see `originAllowed`.
 * @param given the option `allowedOrigins`
 * @param proxies whose word on the scheme is believed
 */
export function pageAllowed(
  opening: PageFacts,
  given: readonly string[] | '*' | null | undefined,
  proxies: Pick<TrustedProxies, 'trusts'>,
): boolean {
  const { origin, host } = opening;
  const allowed = given ?? undefined;
  // Browsers always send one: who does not is no page.
  if (allowed === '*' || origin === undefined) return true;
  return originAllowed(origin, {
    host,
    secure: cameOverTls(opening, proxies),
    hasCookies: allowed === undefined && carriesAmbient(opening),
    ...(allowed !== undefined && { allowedOrigins: allowed }),
  });
}

/**
 * Checks the option `allowedOrigins`; one that can never match would lock its page out unnoticed.
 * @throws {UsageError} for what is neither `'*'` nor a list of origins
 */
export function checkAllowedOrigins(allowed: unknown): void {
  if (allowed === undefined || allowed === null || allowed === '*') return;
  const isList = Array.isArray(allowed);
  const list: unknown[] = isList ? allowed : [];
  const at = list.findIndex((one) => typeof one !== 'string' || normalizeOrigin(one) === null);
  if (isList && at < 0) return;
  throw new UsageError(
    `Cannot use option allowedOrigins: current value is ${inspect(isList ? list[at] : allowed)}, allowed are '*' and a list of scheme://host or scheme://host:port`,
  );
}

/** What a refused page is told: names the options, quotes nothing. */
export function pageRefusal(allowed: readonly string[] | '*' | undefined): string {
  return allowed === undefined
    ? 'Origin is not that of the Host header: behind a proxy that changes Host, name the page in the option allowedOrigins'
    : 'Origin is not allowed (option allowedOrigins)';
}

/** The same for the log of whoever runs the server. */
export function pageRefusalLog({ origin, host }: Pick<PageFacts, 'origin' | 'host'>): string {
  return `Cannot accept a page with credentials from another origin: current Origin is ${quote(origin)}, Host is ${quote(host)}. If a proxy changes the Host header, name the origin of the page in the option allowedOrigins; if the scheme differs, name the proxy in trustedProxies. Told once`;
}

/**
 * Whether the client came over TLS: a trusted proxy's word, else what this process sees. Without TLS of
 * its own it cannot know, for a proxy may have ended it.
 */
function cameOverTls(
  { headers, peerAddress, secure }: PageFacts,
  proxies: Pick<TrustedProxies, 'trusts'>,
): boolean | undefined {
  const schemes = headers['x-forwarded-proto'];
  if (schemes !== undefined && proxies.trusts(peerAddress)) {
    // Each proxy adds its own: the first is the client's. A page can set no header that would lie.
    const [first = ''] = String(schemes).split(',', 1);
    if (/^\s*(?:https|wss)\s*$/i.test(first)) return true;
    if (/^\s*(?:http|ws)\s*$/i.test(first)) return false;
  }
  return secure ? true : undefined;
}

/** What a browser adds by itself for whatever page asks, and a page cannot set on a WebSocket. */
function carriesAmbient({ headers, request }: PageFacts): boolean {
  return (
    headers.cookie !== undefined ||
    headers.authorization !== undefined ||
    hasCertificate(request.socket)
  );
}

/** Whether the client showed a TLS certificate, verified or not: the application may go by it. */
function hasCertificate(socket: object | null | undefined): boolean {
  const tls: Partial<TLSSocket> | null | undefined = socket;
  const certificate: object | null | undefined = tls?.getPeerCertificate?.();
  return certificate != null && Object.keys(certificate).length > 0;
}

function quote(header: string | undefined): string {
  return header === undefined ? 'not there' : JSON.stringify(header.slice(0, MAX_QUOTED));
}
