import { ConfigurableModuleBuilder, Module, type DynamicModule } from '@nestjs/common';
import { HEALTH, resolveHealth, type WsHealthOptions } from './health-options.js';
import { WsHealth } from './ws-health.js';
import { WsHealthIndicator } from './ws-health.indicator.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<WsHealthOptions>({ moduleName: 'WsHealth' })
    .setClassMethodName('forRoot')
    .build();

/**
 * Provides `WsHealth` and `WsHealthIndicator` to the module that imports it:
 * `WsHealthModule.forRoot(options)` or `WsHealthModule.forRootAsync({ useFactory })`. `WsModule` must be imported, too.
 *
 * @throws {WsConfigurationError} while the application starts, for a wrong option
 */
@Module({
  providers: [
    {
      provide: HEALTH,
      useFactory: resolveHealth,
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
    },
    WsHealth,
    WsHealthIndicator,
  ],
  exports: [WsHealth, WsHealthIndicator],
})
export class WsHealthModule extends ConfigurableModuleClass {
  /** @param options see `WsHealthOptions`; all have defaults */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }
}
