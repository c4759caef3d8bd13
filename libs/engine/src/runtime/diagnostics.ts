import { channel, type Channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** A message of the peer, or one for it. */
export interface MessagePassed {
  /** The open connection: an object to compare, without members to rely on. */
  readonly transport: object;
  /** Before compression. */
  readonly byteLength: number;
  readonly isBinary: boolean;
  /** Lent. A text is a string, or its UTF-8 where only that is at hand. */
  readonly payload: string | Uint8Array;
}

/** What is told by the channels of the engine, by their names. */
export interface EngineDiagnostics {
  'nestwire:connection:open': {
    readonly transport: object;
    /** Which end this one is. */
    readonly role: 'server' | 'client';
  };
  'nestwire:connection:close': {
    readonly transport: object;
    readonly code: number;
    readonly reason: string;
    readonly wasClean: boolean;
  };
  'nestwire:message:received': MessagePassed;
  /** Handed to the socket or queued; never what a policy dropped at once. */
  'nestwire:message:sent': MessagePassed;
  'nestwire:handshake:refused': {
    readonly request: IncomingMessage;
    readonly status: number;
    /** Null unless the request broke the protocol. */
    readonly error: Error | null;
  };
  'nestwire:limit:hit': {
    readonly transport: object;
    /** A LimitError, or a timeout. */
    readonly error: Error;
  };
}

/**
 * What happens in the engine, on Node's `diagnostics_channel`. Nothing is built for a channel that
 * nobody listens to. Payloads are not copied: a listener must not keep or change them.
 */
export const diagnostics: {
  readonly open: Channel;
  readonly close: Channel;
  readonly received: Channel;
  readonly sent: Channel;
  readonly refused: Channel;
  readonly limit: Channel;
} = {
  open: channel('nestwire:connection:open'),
  close: channel('nestwire:connection:close'),
  received: channel('nestwire:message:received'),
  sent: channel('nestwire:message:sent'),
  refused: channel('nestwire:handshake:refused'),
  limit: channel('nestwire:limit:hit'),
};

/** Tells that a message was received or is to be sent. @param transport whose it is */
export function publishMessage(
  message: Channel,
  transport: object,
  byteLength: number,
  isBinary: boolean,
  payload: string | Uint8Array,
): void {
  if (message.hasSubscribers) message.publish({ transport, byteLength, isBinary, payload });
}

/** Tells that an upgrade was refused. @param error null unless the request broke the protocol */
export function publishRefusal(
  request: IncomingMessage,
  status: number,
  error: Error | null,
): void {
  const { refused } = diagnostics;
  if (refused.hasSubscribers) refused.publish({ request, status, error });
}
