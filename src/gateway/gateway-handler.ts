import { ErrorCode, WireError, type Connection, type Envelope, type MessageHandler } from '#hub';
import { readParams } from '../decorators/param-metadata.js';
import { ParamKind } from '../ws.constants.js';
import type { Caller, CallerFactory } from './caller-factory.js';
import type { GatewayDefinition } from './gateway-definition.js';
import { MessageContext } from './message-context.js';
import type { MessageArguments } from './params-factory.js';

/** One gateway method as the hub calls it. */
export class GatewayHandler implements MessageHandler {
  readonly wantsSignal: boolean;
  private readonly call: Caller<MessageArguments>;

  constructor(
    readonly event: string,
    gateway: GatewayDefinition,
    method: string,
    callers: CallerFactory,
  ) {
    this.call = callers.message(gateway, method);
    // Interceptors subscribe to the handler's stream; the signal is how they learn that nobody wants it.
    this.wantsSignal =
      readsSignal(gateway.type, method) || callers.hasInterceptors(gateway, method);
  }

  handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown {
    const context = new MessageContext(connection, message.event, data, message, signal);
    return this.call(connection, data, context, message.event);
  }
}

/** Chooses among the handlers of one event by the subprotocol of the connection. */
export class ProtocolHandler implements MessageHandler {
  readonly wantsSignal: boolean;

  /**
   * @param byProtocol handlers that named their protocols
   * @param others what serves every other connection: the event's handler without `@Protocol`, or
   *   the fallback of the path
   */
  constructor(
    readonly event: string,
    private readonly byProtocol: ReadonlyMap<string, MessageHandler>,
    private readonly others: MessageHandler | undefined,
  ) {
    this.wantsSignal = [...byProtocol.values(), others].some((one) => one?.wantsSignal === true);
  }

  handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown {
    const handler = this.byProtocol.get(connection.protocol) ?? this.others;
    if (handler === undefined) {
      throw new WireError(
        ErrorCode.UnknownEvent,
        'Cannot handle event: no handler is registered for it',
      );
    }
    return handler.handle(connection, data, message, signal);
  }
}

function readsSignal(type: object, method: string): boolean {
  return Object.keys(readParams(type, method) ?? {}).some((key) =>
    key.startsWith(`${ParamKind.Signal}:`),
  );
}
