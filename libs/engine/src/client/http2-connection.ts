import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { makeOffer } from '../deflate/negotiation.js';
import { clientOfferHeaders, readHttp2Response } from '../handshake/client-handshake.js';
import { Http2Message } from '../handshake/http2-message.js';
import { HandshakeError, UsageError } from '../protocol/errors.js';
import { abandonSocket } from '../sending/http2-stream.js';
import { agreeWith, createClientTransport } from './client-transport.js';
import type { ResolvedClientOptions } from './client-options.js';
import type { ConnectionListener } from './client-connection.js';
import { Deadline } from './deadline.js';
import { applicationHeaders, urlCredentials } from './request-headers.js';
import { onSessionEnd } from './session-ends.js';
import { onSettings } from './session-settings.js';
import type { Target } from './target.js';

const EMPTY = Buffer.alloc(0);

/**
 * A client's opening handshake on a session of HTTP/2 that the application has (RFC 8441 5). It is one of
 * the session's streams: whatever becomes of it, the session and its other streams live on.
 */
export class Http2Connection {
  /** There is none of HTTP/1.1. */
  readonly request = null;
  private stream: ClientHttp2Stream | null = null;
  private settled = false;
  private stopHearing: (() => void) | null = null;
  private readonly deadline: Deadline | null;

  constructor(
    private readonly target: Target,
    private readonly protocols: readonly string[],
    private readonly options: ResolvedClientOptions,
    private readonly session: ClientHttp2Session,
    private readonly listener: Pick<ConnectionListener, 'upgrading' | 'opened' | 'failed'>,
  ) {
    const { handshakeTimeout } = options;
    this.deadline = handshakeTimeout > 0 ? new Deadline(() => this.timedOut()) : null;
  }

  get url(): string {
    return this.target.url.href;
  }

  /**
   * Opens the stream as soon as the server has said that it may.
   * @throws {UsageError} for headers that cannot be sent
   */
  start(): void {
    const headers = this.headers();
    this.deadline?.start(this.options.handshakeTimeout);
    const { session } = this;
    if (isOver(session)) {
      this.fail(sessionEnded());
      return;
    }
    this.stopHearing = onSessionEnd(session, (error) => this.fail(error ?? sessionEnded()));
    if (mayConnect(session)) {
      this.open(headers);
      return;
    }
    onSettings(session, (error) => {
      if (this.settled) return;
      if (mayConnect(session)) this.open(headers);
      else this.fail(error ?? notAllowed());
    });
  }

  abort(error: Error): void {
    this.fail(error);
  }

  private open(headers: IncomingHttpHeaders): void {
    try {
      const stream = this.session.request(headers, { endStream: false });
      this.stream = stream;
      stream.on('error', this.streamFailed);
      stream.on('close', this.streamClosed);
      stream.once('response', (answer, _flags, rawHeaders?: string[]) =>
        this.answered(stream, answer, rawHeaders),
      );
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private answered(
    stream: ClientHttp2Stream,
    headers: IncomingHttpHeaders & { ':status'?: number },
    rawHeaders?: string[],
  ): void {
    if (this.settled) return;
    const response = new Http2Message(stream, headers, rawHeaders);
    response.statusCode = headers[':status'] ?? 0;
    if (response.statusCode === 200) this.listener.upgrading(response);
    // Whoever has heard of it may have given up.
    if (this.settled) return;
    const { deflate, request } = this.options;
    const selection = readHttp2Response(response, {
      protocols: this.protocols,
      extensions: deflate === false ? [] : [makeOffer(deflate)],
      requireProtocol: request.requireProtocol !== false,
    });
    const agreement = agreeWith(selection, deflate);
    if (selection instanceof HandshakeError || agreement instanceof HandshakeError) {
      this.fail(selection instanceof HandshakeError ? selection : (agreement as HandshakeError));
      return;
    }
    this.settle();
    const transport = createClientTransport(
      stream,
      EMPTY,
      selection.protocol,
      agreement,
      this.options,
    );
    stream.removeListener('error', this.streamFailed);
    this.listener.opened(transport);
  }

  private headers(): IncomingHttpHeaders {
    const { target, protocols, options } = this;
    const { deflate, version, request } = options;
    const { Host, host, ...given } = request.headers ?? {};
    const authority = host ?? Host ?? target.url.host;
    const offer = clientOfferHeaders({
      version,
      protocols,
      extensions: deflate === false ? [] : [makeOffer(deflate)],
      headers: applicationHeaders(
        given,
        urlCredentials(target.url) ?? request.auth ?? undefined,
        Boolean(request.origin),
      ),
      ...(request.origin ? { origin: request.origin } : {}),
    });
    const lower = Object.entries(offer).map(([name, value]) => [name.toLowerCase(), value]);
    return {
      ...Object.fromEntries(lower),
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': target.secure ? 'https' : 'http',
      ':authority': String(authority),
      ':path': target.path,
    };
  }

  private timedOut(): void {
    this.fail(new HandshakeError('Opening handshake has timed out', 'WS_ERR_HANDSHAKE_TIMEOUT', 0));
  }

  private readonly streamFailed = (error: Error): void => this.fail(error);
  private readonly streamClosed = (): void => this.fail(sessionEnded());

  /** The one exit for failure: no stream is left behind, and who connects is told once. */
  private fail(error: Error): void {
    if (this.settled) return;
    const { stream } = this;
    this.settle();
    if (stream !== null) abandonSocket(stream);
    // Not at once: a caller that aborts gets to attach its listeners first.
    process.nextTick((listener: typeof this.listener) => listener.failed(error), this.listener);
  }

  private settle(): void {
    this.settled = true;
    this.deadline?.stop();
    this.stopHearing?.();
    this.stream?.removeListener('close', this.streamClosed);
    this.stream = null;
  }
}

/**
 * @throws {UsageError} for a session that is none, or that the address or another option contradicts
 */
export function checkSession(
  session: ClientHttp2Session,
  target: Target,
  options: ResolvedClientOptions,
): void {
  const { request } = options;
  if (typeof session.request !== 'function' || typeof session.ping !== 'function') {
    throw new UsageError(
      `Cannot use option session: expected what connect() of node:http2 returns, current value is ${typeof session}`,
    );
  }
  for (const name of ['createConnection', 'socketPath', 'followRedirects'] as const) {
    if (!request[name]) continue;
    throw new UsageError(`Cannot use option ${name}: a session of HTTP/2 is given`);
  }
  const { encrypted } = session;
  if (encrypted !== undefined && encrypted !== target.secure) {
    throw new UsageError(
      `Cannot open ${target.url.href}: the session is ${encrypted ? 'encrypted: expected wss:' : 'not encrypted: expected ws:'}`,
    );
  }
}

function isOver({ destroyed, closed }: ClientHttp2Session): boolean {
  return destroyed || closed;
}

function mayConnect(session: ClientHttp2Session): boolean {
  return session.remoteSettings?.enableConnectProtocol === true;
}

function sessionEnded(): HandshakeError {
  return new HandshakeError(
    'The session or stream ended before the connection was open',
    'WS_ERR_HANDSHAKE_SESSION',
    0,
  );
}

function notAllowed(): HandshakeError {
  return new HandshakeError(
    'The server does not serve WebSockets over HTTP/2: it has not sent SETTINGS_ENABLE_CONNECT_PROTOCOL',
    'WS_ERR_HANDSHAKE_CONNECT_PROTOCOL',
    0,
  );
}
