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
import { SessionStreams } from './session-streams.js';

/** A stream that a route claims. */
export interface ClaimedStream {
  /** WebSockets that the route allows one session to have; 0 = no limit. */
  readonly maxPerSession: number;
  take(): void;
}

/** Who is asked about a stream. */
interface StreamRoutes {
  /** Milliseconds that other listeners have for what nobody claims. */
  readonly patience: number;
  /** @returns null when no route claims it */
  claimStream(request: Http2Request): ClaimedStream | null;
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
  private readonly sessions = new WeakMap<Http2Session, SessionStreams>();

  /** @throws {UsageError} where the setting cannot be made */
  constructor(
    private readonly server: Http2Server | Http2SecureServer,
    private readonly routes: StreamRoutes,
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
    const claimed = isWebSocket ? this.routes.claimStream(request) : null;
    if (claimed !== null) {
      const session = this.streamsOf(stream.session);
      session.wait(stream, () => admit(request, session, claimed));
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

  private streamsOf(session: Http2Session): SessionStreams {
    let streams = this.sessions.get(session);
    if (streams === undefined) {
      streams = new SessionStreams();
      this.sessions.set(session, streams);
    }
    return streams;
  }

  /** Node's own, which makes requests of streams, answers 405 where nobody listens for 'connect'. */
  private hasOtherListeners(): boolean {
    const server: EventEmitter = this.server;
    const ofNode = server.listenerCount('request') > 0 ? 1 : 0;
    return server.listenerCount('connect') > 0 || server.listenerCount('stream') > ofNode;
  }
}

function admit(request: Http2Request, session: SessionStreams, claimed: ClaimedStream): void {
  const { maxPerSession } = claimed;
  if (maxPerSession > 0 && session.open >= maxPerSession) {
    refuse(request, 503, { message: 'Too many WebSockets on this session' });
    return;
  }
  session.count(request.stream);
  claimed.take();
}

function refuse(request: Http2Request, status: number, refusal: Refusal): void {
  refuseUpgrade(request.stream, status, refusal);
  publishRefusal(request, status, null);
}

function ignoreError(): void {
  // The 'close' that follows ends the wait.
}
