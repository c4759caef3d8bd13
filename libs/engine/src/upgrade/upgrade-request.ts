import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import {
  readServerHandshake,
  switchingProtocols,
  type ServerHandshake,
} from '../handshake/server-handshake.js';
import type { PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { acceptOffer } from '../deflate/negotiation.js';
import { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { publishRefusal } from '../runtime/diagnostics.js';
import { HandshakeError, UsageError } from '../protocol/errors.js';
import { resolveLimits, type TransportLimits } from '../protocol/limits.js';
import { SocketTransport } from '../transport/socket-transport.js';
import { claimSocket } from '../transport/socket-events.js';
import { WheelTimer } from '../runtime/timer-wheel.js';
import type { TransportListener } from '../transport/transport.js';
import { refuseUpgrade, type Refusal } from './refuse-upgrade.js';

/** Milliseconds an upgrade may wait for `accept` or `reject`, authentication included. */
export const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** How `UpgradeRequest.read` treats an upgrade. */
export interface UpgradeOptions {
  /** Milliseconds until an undecided upgrade is answered 503. Default 10,000; 0 = no limit. */
  handshakeTimeout?: number;
  /** Protocol versions spoken. Default `[13]`; 8 has the same framing and may be opted in. */
  versions?: readonly number[];
  /** Limits of the connection; what is left out is `DEFAULT_LIMITS`. */
  limits?: Partial<TransportLimits>;
  /** Compression to accept when the client offers it; default none. */
  perMessageDeflate?: PerMessageDeflateOptions | false;
  /** Told of a bad handshake. Returns true when it has answered the socket itself. */
  refused?: (error: HandshakeError, socket: Duplex, request: IncomingMessage) => boolean;
}

/** How an upgrade is accepted. */
export interface AcceptOptions {
  /** Told what happens on the connection. */
  listener: TransportListener;
  /** Must be one of the offered subprotocols. */
  protocol?: string;
  /** Extra headers of the 101 response. */
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** May change the lines of the response head before they are written. */
  editHead?: (lines: string[]) => void;
  /** Used instead of the limits given to `read`. */
  limits?: Partial<TransportLimits>;
}

/** Bytes a client may send before its upgrade is decided; the rest is held by TCP. */
const MAX_EARLY_BYTES = 64 * 1024;

class HandshakeTimer extends WheelTimer {
  constructor(private readonly upgrade: UpgradeRequest) {
    super();
  }

  protected override expired(): void {
    this.upgrade.timedOut();
  }
}

/**
 * One opening handshake that has passed every rule of RFC 6455 4.2.1 and waits for a decision. The
 * decision may take its time: the socket has an error handler from the first moment, nothing the
 * client sends meanwhile is parsed, and a client that leaves or a decision that does not come settles it.
 */
export class UpgradeRequest {
  private state: 'pending' | 'accepted' | 'rejected' | 'aborted' = 'pending';
  private abortCallbacks: (() => void)[] | null = null;
  private readonly timer: HandshakeTimer | null;
  private watching = false;

  /**
   * Checks the handshake and answers it with the right 4xx if it is bad.
   * @param head bytes behind the request in the same segment, as Node's 'upgrade' event gives them
   * @returns null when the handshake was refused
   * @throws {UsageError} when it was read from this socket before
   */
  static read(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    options: UpgradeOptions = {},
  ): UpgradeRequest | null {
    // First of all: a reset during the upgrade must find a listener (websocket-node #407).
    socket.on('error', ignoreError);
    const handshake = readServerHandshake(
      request,
      options.versions ? { versions: options.versions } : {},
    );
    if (!(handshake instanceof HandshakeError)) {
      // Two that answer one upgrade would write over each other, into the connection of the first.
      if (!claimSocket(socket)) {
        throw new UsageError(
          'Cannot take the upgrade: handleUpgrade was called more than once with the same socket',
        );
      }
      return new UpgradeRequest(request, socket, head, handshake, options);
    }
    publishRefusal(request, handshake.status, handshake);
    if (!options.refused?.(handshake, socket, request)) {
      refuseUpgrade(socket, handshake.status, {
        message: handshake.message,
        headers: handshake.headers,
      });
    }
    return null;
  }

  private constructor(
    readonly request: IncomingMessage,
    private readonly socket: Duplex,
    private head: Buffer,
    readonly handshake: ServerHandshake,
    private readonly options: UpgradeOptions,
  ) {
    socket.on('close', this.socketClosed);
    const timeout = options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT;
    this.timer = timeout > 0 ? new HandshakeTimer(this) : null;
    this.timer?.start(timeout);
    if (socket.destroyed) this.socketClosed();
    // Most upgrades are decided at once; only one that is not needs an eye on its client.
    else process.nextTick(watchClient, this);
  }

  /** Request target without the query, not decoded. */
  get path(): string {
    return this.handshake.path;
  }

  /** Subprotocols the client offers, in its order of preference. */
  get protocols(): readonly string[] {
    return this.handshake.protocols;
  }

  get origin(): string | undefined {
    return this.handshake.origin;
  }

  /** Whether the request came over TLS, as far as this process can see. */
  get secure(): boolean {
    return (this.socket as Partial<TLSSocket>).encrypted === true;
  }

  /** Whether it was accepted or rejected, or the client is gone. */
  get settled(): boolean {
    return this.state !== 'pending';
  }

  /** Calls back when the client leaves, or the time is up, before a decision. */
  onAbort(callback: () => void): void {
    if (this.state === 'aborted') queueMicrotask(callback);
    else if (this.state === 'pending') (this.abortCallbacks ??= []).push(callback);
  }

  /**
   * Writes the 101 response and hands the socket to a transport. Nothing is parsed before the next
   * tick; `pause()` the transport to hold messages longer.
   * @throws {UsageError} when settled, for a protocol that was not offered, or a header that would
   *   break the response. Nothing is written then.
   */
  accept(options: AcceptOptions): SocketTransport {
    if (this.state !== 'pending') {
      throw new UsageError(`Cannot accept the upgrade: it is ${this.state} already`);
    }
    const protocol = options.protocol ?? '';
    const { perMessageDeflate } = this.options;
    const agreement = perMessageDeflate
      ? acceptOffer(this.handshake.extensions, perMessageDeflate)
      : null;
    let response = switchingProtocols(this.handshake, {
      ...(protocol === '' ? {} : { protocol }),
      ...(agreement === null ? {} : { extensions: [agreement.element] }),
      ...(options.headers ? { headers: options.headers } : {}),
    });
    if (options.editHead) response = editHead(response, options.editHead);
    this.settle('accepted');
    const limits = resolveLimits(options.limits ?? this.options.limits);
    this.socket.write(response, 'latin1');
    const deflate =
      agreement === null || !perMessageDeflate
        ? null
        : new PerMessageDeflate('server', agreement, perMessageDeflate, limits.maxPayload);
    const transport = new SocketTransport(
      this.socket,
      this.head,
      'server',
      protocol,
      limits,
      deflate,
    );
    this.socket.removeListener('error', ignoreError);
    transport.setListener(options.listener);
    transport.start();
    return transport;
  }

  /**
   * Answers with an HTTP error and closes. Does nothing when the client is gone.
   * @throws {UsageError} when it was accepted or rejected already, or for a status outside 300-599
   */
  reject(status: number, refusal: Refusal = {}): void {
    if (this.state === 'aborted') return;
    if (this.state !== 'pending') {
      throw new UsageError(`Cannot reject the upgrade: it is ${this.state} already`);
    }
    refuseUpgrade(this.socket, status, refusal);
    publishRefusal(this.request, status, null);
    this.settle('rejected');
  }

  /**
   * Reads while the decision is pending, for an end is only seen by reading; what the client sends
   * early is kept for the transport, up to a bound at which reading stops.
   * @internal
   */
  watch(): void {
    if (this.state !== 'pending') return;
    this.watching = true;
    this.socket.on('data', this.earlyData);
    this.socket.on('end', this.socketClosed);
  }

  private readonly earlyData = (chunk: Buffer): void => {
    this.head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    if (this.head.length >= MAX_EARLY_BYTES) this.socket.pause();
  };

  /** @internal */
  timedOut(): void {
    if (this.state !== 'pending') return;
    refuseUpgrade(this.socket, 503, { message: 'The handshake was not decided in time' });
    publishRefusal(this.request, 503, null);
    this.abort();
  }

  private readonly socketClosed = (): void => {
    if (this.state !== 'pending') return;
    this.abort();
    this.socket.destroy();
  };

  private abort(): void {
    const callbacks = this.abortCallbacks;
    this.settle('aborted');
    if (callbacks !== null) for (const callback of callbacks) callback();
  }

  private settle(state: 'accepted' | 'rejected' | 'aborted'): void {
    this.state = state;
    this.abortCallbacks = null;
    this.timer?.stop();
    this.socket.removeListener('close', this.socketClosed);
    if (!this.watching) return;
    this.socket.removeListener('data', this.earlyData);
    this.socket.removeListener('end', this.socketClosed);
    // Without a listener flowing data would be lost; the transport resumes it. A refused client is read
    // on, so that its end is seen.
    if (state === 'accepted') this.socket.pause();
  }
}

/** Lets `edit` change the head's lines; a line it adds must not smuggle in another. */
function editHead(response: string, edit: (lines: string[]) => void): string {
  const lines = response.slice(0, -4).split('\r\n');
  edit(lines);
  for (const line of lines) {
    // oxlint-disable-next-line no-control-regex -- exactly these bytes would end or corrupt a line
    if (/[\r\n\0]/.test(line)) {
      throw new UsageError(
        `Cannot send the header line ${JSON.stringify(line)}: it holds CR, LF or NUL`,
      );
    }
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function watchClient(upgrade: UpgradeRequest): void {
  upgrade.watch();
}

function ignoreError(): void {
  // The 'close' that follows settles the handshake.
}
