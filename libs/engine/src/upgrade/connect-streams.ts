import type { EventEmitter } from 'node:events';
import type {
  IncomingHttpHeaders,
  Http2SecureServer,
  Http2Server,
  Http2Session,
  ServerHttp2Stream,
} from 'node:http2';
import { UsageError } from '../protocol/errors.js';
import { publishRefusal } from '../runtime/diagnostics.js';
import { WheelTimer } from '../runtime/timer-wheel.js';
import { Http2Request } from '../opening/http2-request.js';
import { refuseUpgrade, type Refusal } from '../opening/refuse-upgrade.js';

/**
 * WebSockets of one session. Browsers open up to 255 to one host; a proxy that carries more clients opens
 * more sessions.
 */
const DEFAULT_SESSION_SOCKETS = 256;

/** Who is asked about a stream. */
interface StreamRoutes {
  /** Milliseconds that other listeners have for what nobody claims. */
  readonly patience: number;
  /** @returns whether a route has taken it */
  takeStream(request: Http2Request): boolean;
}

/** A stream that others may answer, and that is answered when none has. */
class UnclaimedStream extends WheelTimer {
  constructor(private readonly request: Http2Request) {
    super();
    const { stream } = request;
    stream.on('error', ignoreError);
    stream.once('close', () => this.stop());
  }

  protected override expired(): void {
    const { stream } = this.request;
    if (!stream.headersSent && !stream.destroyed) refuse(this.request, 404, NOT_SERVED);
  }
}

const NOT_SERVED: Refusal = { message: 'No WebSocket is served at this path' };

/**
 * The extended CONNECTs of a server of `node:http2` (RFC 8441 4). The setting that allows them is made when
 * the first route is mounted: sessions that are open by then have not been told of it.
 */
export class ConnectStreams {
  private readonly open = new WeakMap<Http2Session, number>();

  /** @throws {UsageError} where the setting cannot be made */
  constructor(
    private readonly server: Http2Server | Http2SecureServer,
    private readonly routes: StreamRoutes,
    private readonly maxPerSession = DEFAULT_SESSION_SOCKETS,
  ) {
    try {
      server.updateSettings({ enableConnectProtocol: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(
        `Cannot serve WebSockets over HTTP/2: the setting enableConnectProtocol is refused (${why})`,
      );
    }
  }

  /** What is thrown where streams cannot be seen before other listeners answer them. */
  cannotClaim(): UsageError {
    return new UsageError(
      'Cannot serve WebSockets over HTTP/2: "emit" of the server cannot be replaced',
    );
  }

  /** @returns whether no other listener is to hear of the stream */
  readonly take = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    rawHeaders?: readonly string[],
  ): boolean => {
    const protocol = headers[':protocol'];
    if (headers[':method'] !== 'CONNECT' || typeof protocol !== 'string') return false;
    // Reset while it waited for its turn.
    if (stream.destroyed || stream.session === undefined) return true;
    const request = new Http2Request(stream, headers, rawHeaders);
    const isWebSocket = protocol.toLowerCase() === 'websocket';
    if (isWebSocket && this.isFull(stream.session)) {
      refuse(request, 503, { message: 'Too many WebSockets on this session' });
      return true;
    }
    if (isWebSocket && this.routes.takeStream(request)) {
      this.count(stream, stream.session);
      return true;
    }
    if (this.hasOtherListeners()) {
      if (isWebSocket) new UnclaimedStream(request).start(this.routes.patience);
      return false;
    }
    if (isWebSocket) refuse(request, 404, NOT_SERVED);
    else refuse(request, 501, { message: 'Only websocket is served by CONNECT' });
    return true;
  };

  private isFull(session: Http2Session): boolean {
    return (this.open.get(session) ?? 0) >= this.maxPerSession;
  }

  private count(stream: ServerHttp2Stream, session: Http2Session): void {
    if (stream.destroyed) return;
    this.open.set(session, (this.open.get(session) ?? 0) + 1);
    stream.once('close', () => this.open.set(session, this.open.get(session)! - 1));
  }

  /** Node's own, which makes requests of streams, answers 405 where nobody listens for 'connect'. */
  private hasOtherListeners(): boolean {
    const server: EventEmitter = this.server;
    const ofNode = server.listenerCount('request') > 0 ? 1 : 0;
    return server.listenerCount('connect') > 0 || server.listenerCount('stream') > ofNode;
  }
}

function refuse(request: Http2Request, status: number, refusal: Refusal): void {
  refuseUpgrade(request.stream, status, refusal);
  publishRefusal(request, status, null);
}

function ignoreError(): void {
  // The 'close' that follows ends the wait.
}
