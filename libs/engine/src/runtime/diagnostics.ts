import { channel, type Channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * What happens in the engine, on Node's `diagnostics_channel`. Nothing is built for a channel that
 * nobody listens to. Payloads are not copied: a listener must not keep or change them.
 *
 * | channel                       | message                                                   |
 * | ----------------------------- | --------------------------------------------------------- |
 * | `nestwire:connection:open`    | `{ transport, role }`                                     |
 * | `nestwire:connection:close`   | `{ transport, code, reason, wasClean }`                   |
 * | `nestwire:message:received`   | `{ transport, byteLength, isBinary }`                     |
 * | `nestwire:message:sent`       | `{ transport, byteLength, isBinary }`, before compression |
 * | `nestwire:handshake:refused`  | `{ request, status, error }`, null for what broke no rule |
 * | `nestwire:limit:hit`          | `{ transport, error }`, a LimitError or a timeout         |
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
): void {
  if (message.hasSubscribers) message.publish({ transport, byteLength, isBinary });
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
