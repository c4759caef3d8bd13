import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { acceptOffer } from '../deflate/negotiation.js';
import { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { acceptedFields } from '../handshake/accepted-fields.js';
import type { Opening } from '../opening/opening.js';
import type { ServerHandshake } from '../handshake/server-handshake.js';
import { HandshakeError, UsageError } from '../protocol/errors.js';
import { resolveLimits, type TransportLimits } from '../protocol/limits.js';
import { publishRefusal } from '../runtime/diagnostics.js';
import { claimSocket } from '../transport/socket-events.js';
import { SocketTransport } from '../transport/socket-transport.js';
import type { TransportListener } from '../transport/transport.js';
import { refuseInFrames, type RefuseInFrames } from './framed-refusal.js';
import { readOpening } from '../opening/read-opening.js';
import { PendingDecision, type DecisionOwner } from './pending-decision.js';
import type { Refusal } from '../opening/refuse-upgrade.js';
import { dropUpgrade, hasUnanswered } from './unanswered.js';
import type { EditHead, UpgradeAnswer } from '../opening/upgrade-answer.js';

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
  /** Says who is refused in frames, be it by `reject` or because the time is up; default nobody. */
  refuseInFrames?: RefuseInFrames;
  /** Told of every refusal, whoever refuses: a rule, `reject`, or the time that is up. */
  refusedWith?: (status: number, refusal: Refusal) => void;
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
  editHead?: EditHead;
  /** Used instead of the limits given to `read`. */
  limits?: Partial<TransportLimits>;
}

/**
 * One opening handshake that has passed every rule of RFC 6455 4.2.1 and waits for a decision. It
 * joins what is known of it (`Opening`), what waits (`PendingDecision`) and what is answered
 * (`UpgradeAnswer`), of which the last alone knows the version of HTTP.
 */
export class UpgradeRequest implements DecisionOwner {
  private readonly decision: PendingDecision;

  /**
   * Checks the handshake and answers it with the right 4xx if it is bad.
   * @param request of Node, or what is left of one that came from another process: method, url, headers;
   *   over HTTP/2 an `Http2Request`, whose stream `socket` is
   * @param head bytes behind the request in the same segment, as Node's 'upgrade' event gives them
   * @returns null when the handshake was refused
   * @throws {UsageError} when it was read from this socket before
   */
  static read(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer | null | undefined,
    options: UpgradeOptions = {},
  ): UpgradeRequest | null {
    if (hasUnanswered(socket, request)) {
      // Where it waited behind a request, its answer would be written into the frames of the connection.
      publishRefusal(request, 400, null);
      options.refusedWith?.(400, {});
      dropUpgrade(socket);
      return null;
    }
    const { opening, answer } = readOpening(request, socket, options.versions);
    return UpgradeRequest.take(request, opening, answer, toBuffer(head), options);
  }

  /**
   * Takes an opening of whatever version of HTTP, or answers it if it is bad.
   * @internal
   * @param opening what was read of `request`, or what is wrong with it
   */
  static take(
    request: IncomingMessage,
    opening: Opening | HandshakeError,
    answer: UpgradeAnswer,
    early: Buffer,
    options: UpgradeOptions = {},
  ): UpgradeRequest | null {
    const { socket } = answer;
    // First of all: a reset during the upgrade must find a listener (websocket-node #407).
    socket.on('error', ignoreError);
    if (opening instanceof HandshakeError) {
      const { status, message, headers } = opening;
      publishRefusal(request, status, opening);
      options.refusedWith?.(status, { message, cause: opening });
      if (!options.refused?.(opening, socket, request)) answer.refuse(status, { message, headers });
      return null;
    }
    // Two that answer one upgrade would write over each other, into the connection of the first.
    if (!claimSocket(socket)) {
      throw new UsageError(
        'server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration',
      );
    }
    return new UpgradeRequest(opening, answer, early, options);
  }

  private constructor(
    readonly opening: Opening,
    private readonly answer: UpgradeAnswer,
    early: Buffer,
    private readonly options: UpgradeOptions,
  ) {
    this.decision = new PendingDecision(this, answer.socket, early);
    this.decision.begin(options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT);
  }

  get request(): IncomingMessage {
    return this.opening.request;
  }

  get handshake(): Readonly<ServerHandshake> {
    return this.opening;
  }

  /** Request target without the query, not decoded. */
  get path(): string {
    return this.opening.path;
  }

  /** Subprotocols the client offers, in its order of preference. */
  get protocols(): readonly string[] {
    return this.opening.protocols;
  }

  get origin(): string | undefined {
    return this.opening.origin;
  }

  /** Whether the request came over TLS, as far as this process can see. */
  get secure(): boolean {
    return this.opening.secure;
  }

  /** Whether it was accepted or rejected, or the client is gone. */
  get settled(): boolean {
    return this.decision.state !== 'pending';
  }

  /** Calls back when the client leaves, or the time is up, before a decision. */
  onAbort(callback: () => void): void {
    this.decision.onAbort(callback);
  }

  /**
   * Writes the 101 response and hands the socket to a transport. Nothing is parsed before the next
   * tick; `pause()` the transport to hold messages longer.
   * @throws {UsageError} when settled, for a protocol that was not offered, or a header that would
   *   break the response. Nothing is written then.
   */
  accept(options: AcceptOptions): SocketTransport {
    this.decision.assertPending('accept');
    const { opening } = this;
    const { perMessageDeflate } = this.options;
    const { protocol = '', headers, editHead } = options;
    const limits = resolveLimits(options.limits ?? this.options.limits);
    const agreement = perMessageDeflate ? acceptOffer(opening.extensions, perMessageDeflate) : null;
    const fields = acceptedFields(opening, {
      ...(protocol === '' ? {} : { protocol }),
      ...(agreement === null ? {} : { extensions: [agreement.element] }),
      ...(headers ? { headers } : {}),
    });
    const socket = this.answer.accept(opening, fields, editHead && this.undecided(editHead));
    const early = this.decision.accepted();
    const deflate =
      agreement === null || !perMessageDeflate
        ? null
        : new PerMessageDeflate('server', agreement, perMessageDeflate, limits.maxPayload);
    const transport = new SocketTransport(socket, early, 'server', protocol, limits, deflate);
    socket.removeListener('error', ignoreError);
    transport.setListener(options.listener);
    transport.start();
    return transport;
  }

  /**
   * Answers with an HTTP error, or as `refuseInFrames` says, and closes. Does nothing when the client is gone.
   * @throws {UsageError} when it was accepted or rejected already, or for a status outside 300-599
   */
  reject(status: number, refusal: Refusal = {}): void {
    if (this.decision.state === 'aborted') return;
    this.decision.assertPending('reject');
    this.refuse(status, refusal);
    this.decision.rejected();
  }

  /**
   * Leaves the socket to a program that has written the answer on it by hand.
   * @internal
   * @returns what the client has sent behind its request; null when it was settled before
   */
  release(): Buffer | null {
    if (this.settled) return null;
    this.answer.socket.removeListener('error', ignoreError);
    return this.decision.accepted();
  }

  /** @internal */
  timeUp(): void {
    this.refuse(503, { message: 'The handshake was not decided in time' });
  }

  /** Who edits the head may reject instead: then there is no 101 behind the refusal. */
  private undecided(edit: EditHead): EditHead {
    return (lines) => {
      edit(lines);
      this.decision.assertPending('accept');
    };
  }

  private refuse(status: number, refusal: Refusal): void {
    const { answer, opening } = this;
    if (!refuseInFrames(this.options.refuseInFrames, answer, opening, status, refusal)) {
      answer.refuse(status, refusal);
    }
    publishRefusal(this.request, status, null);
    this.options.refusedWith?.(status, refusal);
  }
}

const EMPTY = Buffer.alloc(0);

/** A Buffer that went to another process arrives as an object, of which one can be made again. */
function toBuffer(head: Buffer | null | undefined): Buffer {
  if (head === null || head === undefined) return EMPTY;
  return Buffer.isBuffer(head) ? head : Buffer.from(head);
}

function ignoreError(): void {
  // The 'close' that follows settles the handshake.
}
