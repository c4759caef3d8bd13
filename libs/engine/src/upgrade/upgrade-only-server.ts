// Called through the modules: that is where tracers replace them.
import http, { STATUS_CODES, type RequestListener, type Server } from 'node:http';
import https, { type ServerOptions as TlsOptions } from 'node:https';

export interface UpgradeOnlyOptions {
  /**
   * Milliseconds the head of a request may take, after which its connection is ended; looked at every
   * second. Default, and at 0, Node's own: a minute.
   */
  headersTimeout?: number;
  /** Speaks TLS with these options; default plain. */
  tls?: TlsOptions | undefined;
}

/** Milliseconds between looks for requests that take too long. */
const CHECK_INTERVAL = 1_000;

/**
 * An HTTP server for upgrades alone: every plain request is answered 426 with what to come back with
 * (RFC 9110 15.5.22), and its connection closed. It does not listen yet, and takes no upgrades by itself.
 */
export function createUpgradeOnlyServer({
  headersTimeout = 0,
  tls,
}: UpgradeOnlyOptions = {}): Server {
  const times = headTimes(headersTimeout);
  return tls === undefined
    ? http.createServer(times, upgradeRequired)
    : https.createServer({ ...tls, ...times }, upgradeRequired);
}

/** As options of a server; none for 0. */
export function headTimes(headersTimeout: number): object {
  return headersTimeout > 0 ? { headersTimeout, connectionsCheckingInterval: CHECK_INTERVAL } : {};
}

/** The answer to a plain request. */
export const upgradeRequired: RequestListener = (_request, response) => {
  const body = STATUS_CODES[426]!;
  response.writeHead(426, {
    Upgrade: 'websocket',
    // Closed, for it counts as pending as long as it is open, and nothing else is to be had here.
    Connection: 'close, Upgrade',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
};
