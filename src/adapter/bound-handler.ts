import type { WsMessageHandler } from '@nestjs/common';
import type { MessageLike, ResultTransform } from './received-message.js';

/** A `bindMessageHandler` of an application's adapter: handles one message with one gateway's handlers. */
export type MessageBinding = (
  message: MessageLike,
  handlers: Map<unknown, WsMessageHandler>,
  transform: ResultTransform,
) => ReturnType<WsMessageHandler['callback']>;

/** What handles an event for one gateway. */
export interface BoundHandler {
  readonly callback: WsMessageHandler['callback'];
  readonly transform: ResultTransform;
  /** Whether the handler has an `@Ack()`, and answers by it. */
  readonly isManual: boolean;
  /** Whether what it emits is sent as it is: the application has made an answer of it. Default false. */
  readonly isAnswered?: boolean;
}

/** What the application's own `bindMessageHandler` is handed for one gateway. */
export interface GatewayHandlers {
  readonly handlers: Map<unknown, WsMessageHandler>;
  readonly transform: ResultTransform;
}
