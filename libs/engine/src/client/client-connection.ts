import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { makeOffer } from '../deflate/negotiation.js';
import {
  clientHandshakeHeaders,
  createKey,
  readServerResponse,
} from '../handshake/client-handshake.js';
import { HandshakeError } from '../protocol/errors.js';
import type { SocketTransport } from '../transport/socket-transport.js';
import type { ResolvedClientOptions } from './client-options.js';
import { agreeWith, createClientTransport } from './client-transport.js';
import { Deadline } from './deadline.js';
import { openRequest } from './open-request.js';
import {
  applicationHeaders,
  isSameServer,
  urlCredentials,
  withoutCredentials,
  type RequestHeaders,
} from './request-headers.js';
import { readRedirect, type Target } from './target.js';

/** Told how a connection comes about: at last `opened` or `failed`, exactly one of them, once. */
export interface ConnectionListener {
  /** The server said 101; its response is not checked yet. */
  upgrading(response: IncomingMessage): void;
  /** A redirect is about to be followed; `request` is not sent yet. */
  redirecting(url: string, request: ClientRequest): void;
  /** A response other than 101. Returns true when it is taken care of. */
  unexpected(request: ClientRequest, response: IncomingMessage): boolean;
  /** Sends the request. */
  finish(request: ClientRequest): void;
  /** The transport has no listener and is not started. */
  opened(transport: SocketTransport): void;
  /** @param error null when the response was taken care of by `unexpected` and is over */
  failed(error: Error | null): void;
}

/**
 * A client's opening handshake (RFC 6455 4.1), from the request over any redirects to a transport. All
 * that can go wrong ends in `fail`.
 */
export class ClientConnection {
  /** @internal What is under way; null before and after. */
  request: ClientRequest | null = null;
  private key = '';
  private headers: RequestHeaders;
  private redirects = 0;
  private settled = false;
  private readonly deadline: Deadline | null;

  constructor(
    private target: Target,
    private readonly protocols: readonly string[],
    private readonly options: ResolvedClientOptions,
    private readonly listener: ConnectionListener,
  ) {
    const { request, handshakeTimeout } = options;
    this.headers = applicationHeaders(
      request.headers ?? {},
      urlCredentials(target.url) ?? request.auth ?? undefined,
      Boolean(request.origin),
    );
    this.deadline = handshakeTimeout > 0 ? new Deadline(() => this.timedOut()) : null;
  }

  /**
   * Sends the request. On its own, so that who has this object can `abort` from a hook that runs meanwhile.
   * @throws what `http.request` and the handshake throw for arguments that cannot be sent
   */
  start(): void {
    this.deadline?.start(this.options.handshakeTimeout);
    try {
      this.send();
    } catch (error) {
      const { request: unsent } = this;
      this.settle();
      unsent?.destroy();
      throw error;
    }
  }

  /** Where the connection goes to, after the redirects followed up to now. */
  get url(): string {
    return this.target.url.href;
  }

  /** Gives up; `failed(error)` follows on the next tick. */
  abort(error: Error): void {
    this.fail(error);
  }

  private timedOut(): void {
    this.fail(new HandshakeError('Opening handshake has timed out', 'WS_ERR_HANDSHAKE_TIMEOUT', 0));
  }

  private send(): void {
    const { deflate, version, request: given } = this.options;
    this.key = createKey();
    const headers = clientHandshakeHeaders({
      key: this.key,
      version,
      protocols: this.protocols,
      extensions: deflate === false ? [] : [makeOffer(deflate)],
      headers: this.headers,
      ...(given.origin ? { origin: given.origin } : {}),
    });
    const request = openRequest(this.target, headers, this.options);
    if (this.settled) {
      // Given up while `createConnection` ran.
      request.on('error', ignoreError);
      request.destroy();
      return;
    }
    this.request = request;
    // After a redirect or an abort, what is still heard of an old request does not count.
    const ifCurrent =
      <A extends unknown[]>(handle: (...args: A) => void) =>
      (...args: A): void => {
        if (this.request === request && !this.settled) handle(...args);
      };
    request.on(
      'error',
      ifCurrent((error: Error) => this.fail(error)),
    );
    request.on(
      'response',
      ifCurrent((response: IncomingMessage) => this.answered(response)),
    );
    request.on(
      'close',
      ifCurrent(() => this.fail(null)),
    );
    request.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', ignoreError);
      if (this.settled || this.request !== request) socket.destroy();
      else this.upgraded(response, socket, head);
    });
    // Node passes over a 101 that does not switch protocols and waits for another response.
    request.on(
      'information',
      ifCurrent(({ statusCode }: { statusCode: number }) => {
        if (statusCode === 101) this.fail(invalidUpgrade());
      }),
    );
    if (this.redirects > 0) this.listener.redirecting(this.url, request);
    if (!this.settled) this.listener.finish(request);
  }

  private answered(response: IncomingMessage): void {
    const { statusCode = 0, headers } = response;
    const { location } = headers;
    if (
      location &&
      this.options.request.followRedirects === true &&
      statusCode >= 300 &&
      statusCode < 400
    ) {
      this.redirect(location, statusCode);
    } else if (statusCode === 101) {
      this.fail(invalidUpgrade());
    } else if (!this.listener.unexpected(this.request!, response)) {
      this.fail(
        new HandshakeError(
          `Unexpected server response: ${statusCode}`,
          'WS_ERR_HANDSHAKE_STATUS',
          statusCode,
        ),
      );
    }
  }

  private redirect(location: string, status: number): void {
    if (++this.redirects > this.options.maxRedirects) {
      this.fail(
        new HandshakeError('Maximum redirects exceeded', 'WS_ERR_TOO_MANY_REDIRECTS', status),
      );
      return;
    }
    const before = this.request!;
    try {
      const target = readRedirect(location, this.target);
      // Once dropped, credentials stay dropped: a way back could be the other server's doing.
      if (!isSameServer(this.target, target)) this.headers = withoutCredentials(this.headers);
      this.target = target;
      this.request = null;
      before.destroy();
      this.send();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private upgraded(response: IncomingMessage, socket: Socket, head: Buffer): void {
    this.listener.upgrading(response);
    if (this.settled) {
      socket.destroy();
      return;
    }
    const { deflate } = this.options;
    const selection = readServerResponse(response, {
      key: this.key,
      protocols: this.protocols,
      extensions: deflate === false ? [] : [makeOffer(deflate)],
      requireProtocol: this.options.request.requireProtocol !== false,
    });
    const agreement = agreeWith(selection, deflate);
    if (selection instanceof HandshakeError || agreement instanceof HandshakeError) {
      socket.destroy();
      this.fail(selection instanceof HandshakeError ? selection : (agreement as HandshakeError));
      return;
    }
    this.settle();
    const transport = createClientTransport(
      socket,
      head,
      selection.protocol,
      agreement,
      this.options,
    );
    socket.removeListener('error', ignoreError);
    this.listener.opened(transport);
  }

  /** The one exit for failure: no socket is left behind, and who connects is told once. */
  private fail(error: Error | null): void {
    if (this.settled) return;
    const { request } = this;
    this.settle();
    request?.destroy();
    // A request whose response was read to its end is destroyed already, and its connection is kept: to be
    // used again by an agent, and without one by nobody.
    if (this.options.request.agent == null) request?.socket?.destroy();
    // Not at once: a caller that aborts gets to attach its listeners first.
    process.nextTick((listener: ConnectionListener) => listener.failed(error), this.listener);
  }

  private settle(): void {
    this.settled = true;
    this.deadline?.stop();
    this.request = null;
  }
}

function invalidUpgrade(): HandshakeError {
  return new HandshakeError('Invalid Upgrade header', 'WS_ERR_HANDSHAKE_UPGRADE', 101);
}

function ignoreError(): void {
  // What fails is destroyed; the handshake has its own error to tell.
}
