// Called through the module: that is where tracers replace it.
import http2, {
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { headTimes, upgradeRequired, type UpgradeOnlyOptions } from './upgrade-only-server.js';

/** How a server of HTTP/2 is made that serves WebSockets alone. */
export interface Http2OnlyOptions {
  /**
   * Bytes a client may have sent on one stream that were not read (RFC 9113 6.9): so many of a connection
   * that is paused lie in memory. Default 262,144.
   */
  windowSize?: number | undefined;
  /** The same for all streams of a session. Default 1,048,576. */
  sessionWindowSize?: number | undefined;
  /** WebSockets that one session may have; 0 = no limit. Default 256. */
  maxPerSession?: number | undefined;
}

/** WebSockets of one session of HTTP/2. */
export const DEFAULT_MAX_PER_SESSION = 256;

const DEFAULT_WINDOW_SIZE = 256 * 1024;
const DEFAULT_SESSION_WINDOW_SIZE = 1024 * 1024;
/** Streams of a session beside its WebSockets: requests that are answered at once. */
const OTHER_STREAMS = 44;
/** Milliseconds without a byte after which a session ends that carries nothing. */
const IDLE_TIME = 60_000;
/** Milliseconds a session has to end by itself when the server closes. */
const CLOSING_TIME = 1_000;

const sessionsOf = new WeakMap<object, Set<ServerHttp2Session>>();

/**
 * A server of HTTP/2 for WebSockets alone: with TLS it speaks HTTP/1.1, too. It does not listen yet, and
 * takes no upgrades by itself.
 */
export function createHttp2OnlyServer({
  windowSize = DEFAULT_WINDOW_SIZE,
  sessionWindowSize = DEFAULT_SESSION_WINDOW_SIZE,
  maxPerSession = DEFAULT_MAX_PER_SESSION,
  headersTimeout = 0,
  tls,
}: Http2OnlyOptions & UpgradeOnlyOptions): Http2Server | Http2SecureServer {
  const settings = {
    enableConnectProtocol: true,
    initialWindowSize: windowSize,
    // RFC 9113 6.5.2: without it there is no limit.
    ...(maxPerSession > 0 && { maxConcurrentStreams: maxPerSession + OTHER_STREAMS }),
  };
  const server =
    tls === undefined
      ? http2.createServer({ settings })
      : http2.createSecureServer({
          allowHTTP1: true,
          ...tls,
          ...headTimes(headersTimeout),
          settings,
        });
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    if (request.httpVersionMajor >= 2) refuseRequest(response);
    else upgradeRequired(request as never, response as never);
  });
  const sessions = new Set<ServerHttp2Session>();
  sessionsOf.set(server, sessions);
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(sessionWindowSize);
    let streams = 0;
    session.on('stream', (stream: ServerHttp2Stream) => {
      streams++;
      stream.once('close', () => void streams--);
    });
    // Streams have times of their own.
    session.setTimeout(IDLE_TIME, () => {
      if (streams === 0) session.close();
    });
  });
  // A session that breaks is over; its connections hear of it as of a reset.
  server.on('sessionError', () => {});
  return server;
}

/** Ends the sessions of a server that was made here: at once those that carry nothing, the others soon. */
export function endSessions(server: object): void {
  for (const session of sessionsOf.get(server) ?? []) {
    session.close();
    const timer = setTimeout(() => session.destroy(), CLOSING_TIME);
    session.once('close', () => clearTimeout(timer));
  }
}

function refuseRequest(response: Http2ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('Only WebSockets are served here');
}
