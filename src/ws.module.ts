import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Hub } from '#hub';
import { Sessions } from './auth/sessions.js';
import { CallerFactory } from './gateway/caller-factory.js';
import { Companion } from './gateway/companion.js';
import { GatewayExplorer } from './gateway/gateway-explorer.js';
import { GatewayScope } from './gateway/gateway-scope.js';
import { RouteFactory } from './gateway/route-factory.js';
import { GatewayServer } from './lifecycle/gateway-server.js';
import { createHub } from './lifecycle/hub-provider.js';
import { OpeningModule } from './lifecycle/opening.module.js';
import { REALTIME_SERVICES, realtimeProviders } from './realtime/realtime.providers.js';
import { resolveOptions } from './ws-options.resolver.js';
import {
  ConfigurableModuleClass,
  RAW_WS_OPTIONS,
  WS_OPTIONS,
  type OPTIONS_TYPE,
} from './ws.module-definition.js';

/**
 * Serves the application's `@WsGateway` classes on its HTTP server, or on a
 * port of their own. Import it once, with
 * `WsModule.forRoot(options)` or `WsModule.forRootAsync({ useFactory | useClass | useExisting })`; it is
 * global, so `ConnectionRegistry`, `Rooms`, `Broadcaster`, `History`, `Presence` and `Mailbox` can be
 * injected everywhere (`isGlobal: false` confines it).
 *
 * @throws {WsConfigurationError} while the application starts, for a wrong option or gateway
 */
@Module({
  imports: [DiscoveryModule, OpeningModule],
  providers: [
    {
      provide: WS_OPTIONS,
      useFactory: resolveOptions,
      // Optional, so that a bare `imports: [WsModule]` means "all defaults".
      inject: [{ token: RAW_WS_OPTIONS, optional: true }],
    },
    { provide: Hub, useFactory: createHub, inject: [WS_OPTIONS] },
    ...realtimeProviders,
    Sessions,
    Companion,
    GatewayScope,
    CallerFactory,
    RouteFactory,
    GatewayExplorer,
    GatewayServer,
  ],
  exports: [Hub, ...REALTIME_SERVICES, Sessions, GatewayServer],
})
export class WsModule extends ConfigurableModuleClass {
  /** @param options see `WsModuleOptions`; all have defaults */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }
}
