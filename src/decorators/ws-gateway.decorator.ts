import type { ConnectionOptions } from '../ws-options.interface.js';
import { GATEWAY_METADATA } from '../ws.constants.js';

/** What `@WsGateway` takes. Everything but the path overrides the module's option of the same name. */
export interface WsGatewayOptions extends ConnectionOptions {
  /**
   * One path or several, in the syntax of controllers: `/chat/:room`, `/files/*path`, `/a{/:b}`.
   * Default `/`. The module's prefix is put in front.
   */
  path?: string | readonly string[];
}

/**
 * Makes a provider a gateway: a class whose methods handle the connections of a path.
 *
 * Gateways on one path share its connections: each message is parsed once, the connect hooks run one
 * after another, and an event may have one handler among them all. Options of such gateways are
 * merged; two values for one option are an error at start.
 *
 * @example
 * \@WsGateway('/chat/:room')
 * export class ChatGateway {
 *   \@OnMessage('say')
 *   say(\@MessageBody() dto: SayDto, \@Param('room') room: string) {}
 * }
 */
export function WsGateway(pathOrOptions: string | WsGatewayOptions = {}): ClassDecorator {
  const options: WsGatewayOptions =
    typeof pathOrOptions === 'string' ? { path: pathOrOptions } : pathOrOptions;
  return (target) => {
    Reflect.defineMetadata(GATEWAY_METADATA, options, target);
  };
}

export function readGatewayOptions(type: object): WsGatewayOptions | undefined {
  const options: WsGatewayOptions | undefined = Reflect.getMetadata(GATEWAY_METADATA, type);
  return options;
}
