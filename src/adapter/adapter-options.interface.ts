import type { TransportLimits } from '#engine';
import type { WebSocketServerOptions } from '#ws';
import type { ShutdownOptions } from '../options/ws-options.interface.js';
import type { GatewaySocketServer } from './gateway-socket-server.js';

/** A message as handlers of `@SubscribeMessage` get it. */
export interface ParsedMessage {
  /** Compared with what `@SubscribeMessage` was given. */
  event: unknown;
  data?: unknown;
  /** Correlation id; an answer carries it back. */
  id?: unknown;
}

/** What a message may arrive as; bytes come as the connection's `binaryType` says. */
export type RawMessage = string | Buffer | ArrayBuffer | Buffer[];

/**
 * Turns a raw message into event and data. A parser that returns nothing drops the message in
 * silence; one that throws has it answered with an exception.
 */
// oxlint-disable-next-line typescript/no-invalid-void-type -- the signature of Nest's own adapter
export type MessageParser = (data: RawMessage) => ParsedMessage | void | null | undefined;

/** Options of `NestwireAdapter`. Each has a default. */
export interface NestwireAdapterOptions {
  /** Default: JSON, as text or as bytes. */
  messageParser?: MessageParser;

  /**
   * Messages of one client that are handled at the same time. Default 128; 1 gives answers in the
   * order of the requests. A handler that streams counts until its first value. What comes above it
   * waits, and after 16 messages or 64 KiB the socket is paused.
   */
  concurrency?: number;

  /**
   * Milliseconds a promise of `handleConnection` may take, during which no message is handled. Default
   * 10,000, then the client is closed with 1013; 0 = no limit.
   */
  connectTimeout?: number;

  /**
   * Limits of all connections; the options of a gateway come before them. Default: those of `ws`
   * (100 MiB per message), and beyond them a ping every 25 s and a close with 1013 for a peer that
   * leaves more than 16 MiB unread.
   */
  limits?: Partial<TransportLimits>;

  /**
   * What clients are told when the application closes, before any provider is destroyed; default 1001, and
   * 5 seconds for handlers under way to finish and for clients to answer.
   */
  shutdown?: Pick<ShutdownOptions, 'code' | 'reason' | 'deadline'>;
}

/** What `@WebSocketGateway(port, options)` passes on: the options of the server, and its path. */
export interface StandardGatewayOptions extends Omit<
  WebSocketServerOptions,
  'port' | 'server' | 'noServer'
> {
  /** Not supported: several paths do the same on plain WebSockets. */
  namespace?: string | RegExp;
  /** A server to be used as it is. */
  server?: GatewaySocketServer;
}
