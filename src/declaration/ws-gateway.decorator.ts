import { inspect, types } from 'node:util';
import type { InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import type { GatewayVersion } from './gateway-version.js';
import type { ConnectionOptions } from '../options/ws-options.interface.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { isOptions } from '#hub';
import { GATEWAY_METADATA } from './metadata.js';
import { watchForModule } from '../options/missing-module.js';

/** What is configured of a gateway. All but path and version override the module's option of that name. */
export interface WsGatewaySettings extends ConnectionOptions {
  /**
   * One path or several, in the syntax of controllers: `/chat/:room`, `/files/*path`, `/a{/:b}`.
   * Default `/`. The module's prefix is put in front.
   */
  path?: string | readonly string[];

  /**
   * As in `@Controller({ version })`, once the application has called `app.enableVersioning()`: a
   * segment of the path with URI versioning, else what tells apart the gateways on one path. Default:
   * the application's `defaultVersion`. A browser cannot set headers on a WebSocket, so for pages take
   * URI versioning, or a custom extractor that reads the query.
   */
  version?: GatewayVersion;
}

/** What `@WsGateway` takes. */
export interface WsGatewayOptions extends WsGatewaySettings {
  /**
   * Called once when the application starts; what it returns is put over the settings beside it.
   * @example
   * \@WsGateway({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ path: config.getOrThrow('CHAT_PATH') }),
   * })
   */
  useFactory?: (...dependencies: never[]) => WsGatewaySettings | Promise<WsGatewaySettings>;

  /** Providers for `useFactory`, as the gateway's own module sees them; none may be request-scoped. */
  inject?: readonly (InjectionToken | OptionalFactoryDependency)[];
}

/**
 * Makes a provider a gateway: a class whose methods handle the connections of a path.
 *
 * Gateways on one path share its connections: each message is parsed once, the connect hooks run one
 * after another, and an event may have one handler among them all. Options of such gateways are
 * merged; two values for one option are an error at start.
 *
 * @throws {WsConfigurationError} on a class that has it already, and for anything but a path or options
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
    if (!isOptions(options) || types.isRegExp(options)) {
      throw new WsConfigurationError(
        `Cannot set @WsGateway on ${target.name}: expected a path or an object with options, such as { path: ['/a', '/b'] }, current value is ${inspect(options)}`,
      );
    }
    if (Reflect.hasOwnMetadata(GATEWAY_METADATA, target)) {
      throw new WsConfigurationError(
        `Cannot set @WsGateway on ${target.name}: it stands there twice, and several paths are a list in one`,
      );
    }
    Reflect.defineMetadata(GATEWAY_METADATA, options, target);
    watchForModule(target);
  };
}

/** Whether `@WsGateway` stands on the class itself, not on one that it extends. */
export function isOwnGateway(type: object): boolean {
  return Reflect.hasOwnMetadata(GATEWAY_METADATA, type);
}

export function readGatewayOptions(type: object): WsGatewayOptions | undefined {
  const options: WsGatewayOptions | undefined = Reflect.getMetadata(GATEWAY_METADATA, type);
  return options;
}
