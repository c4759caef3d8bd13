import type { Connection, Envelope, MessageHandler, UploadRules } from '#hub';
import { readParams } from '../declaration/params/param-metadata.js';
import { readUpload } from '../declaration/params/upload.decorator.js';
import { ParamKind } from '../declaration/params/param-kind.js';
import type { Caller } from '../pipeline/caller.js';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import type { GatewayDefinition, HandlingMethod } from '../declaration/gateway-definition.js';
import { MessageContext } from '../pipeline/message-context.js';
import type { MessageArguments } from '../pipeline/params-factory.js';

/** One gateway method as the hub calls it. */
export class GatewayHandler implements MessageHandler {
  readonly wantsSignal: boolean;
  readonly concurrency?: number;
  readonly timeout: number;
  readonly upload: UploadRules | undefined;
  readonly #call: Caller<MessageArguments>;

  /** @param timeout of the gateway, for a method without one of its own; 0 for none */
  constructor(
    readonly event: string,
    gateway: GatewayDefinition,
    { name, options }: HandlingMethod<unknown>,
    callers: CallerFactory,
    timeout: number,
  ) {
    this.#call = callers.message(gateway, name);
    // Interceptors subscribe to the handler's stream; the signal is how they learn that nobody wants it.
    this.wantsSignal = readsSignal(gateway.type, name) || callers.hasInterceptors(gateway, name);
    this.upload = readUpload(gateway.type, name);
    // Uploads are bounded by themselves, in number and in time: those that wait for a turn would stop the
    // bytes of those that have it.
    const concurrency = options.concurrency ?? (this.upload && Infinity);
    if (concurrency !== undefined) this.concurrency = concurrency;
    this.timeout = options.timeout ?? (this.upload === undefined ? timeout : 0);
  }

  handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown {
    const context = new MessageContext(connection, message.event, data, message, signal);
    return this.#call(connection, data, context, message.event);
  }
}

/** A method for one type of binary messages: it gets what stands behind the type. */
export class TypedBinaryHandler extends GatewayHandler {
  override handle(
    connection: Connection,
    data: unknown,
    message: Envelope,
    signal: AbortSignal | undefined,
  ): unknown {
    const payload = Buffer.isBuffer(data) ? data.subarray(1) : data;
    return super.handle(connection, payload, message, signal);
  }
}

function readsSignal(type: object, method: string): boolean {
  return Object.keys(readParams(type, method) ?? {}).some((key) =>
    key.startsWith(`${ParamKind.Signal}:`),
  );
}
