import { Module, type DynamicModule } from '@nestjs/common';
import { ApplicationConfig, DiscoveryModule } from '@nestjs/core';
import { Hub } from '#hub';
import { Sessions } from './auth/sessions.js';
import { CallerFactory } from './pipeline/caller-factory.js';
import { Companion } from './pipeline/companion.js';
import { GatewayExplorer } from './routes/gateway-explorer.js';
import { GatewayScope } from './pipeline/gateway-scope.js';
import { RouteFactory } from './lifecycle/route-factory.js';
import { GatewayMount } from './lifecycle/gateway-mount.js';
import { createHub } from './lifecycle/hub-provider.js';
import { OpeningModule } from './lifecycle/opening.module.js';
import { REALTIME_SERVICES, realtimeProviders } from './lifecycle/realtime.providers.js';
import { resolveOptions } from './options/ws-options.resolver.js';
import {
  ConfigurableModuleClass,
  RAW_WS_OPTIONS,
  WS_OPTIONS,
  type OPTIONS_TYPE,
} from './options/ws.module-definition.js';

/**
 * Serves the application's `@WsGateway` classes on its HTTP server, or on a
 * port of their own. Import it once, with
 * `WsModule.forRoot(options)` or `WsModule.forRootAsync({ useFactory | useClass | useExisting })`; it is
 * global, so `ConnectionRegistry`, `Rooms`, `Broadcaster`, `History`, `Presence`, `Mailbox` and `Cluster` can be
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
    { provide: Hub, useFactory: createHub, inject: [WS_OPTIONS, ApplicationConfig] },
    ...realtimeProviders,
    Sessions,
    Companion,
    GatewayScope,
    CallerFactory,
    RouteFactory,
    GatewayExplorer,
    GatewayMount,
  ],
  exports: [WS_OPTIONS, Hub, ...REALTIME_SERVICES, Sessions, GatewayMount],
})
export class WsModule extends ConfigurableModuleClass {
  /** @param options see `WsModuleOptions`; all have defaults */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }
}
