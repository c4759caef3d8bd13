import { Module, type DynamicModule } from '@nestjs/common';
import { Hub } from '#hub';
import { loadOpenTelemetry } from './api/open-telemetry.js';
import { Telemetry } from './telemetry.js';
import { resolveTelemetryOptions, type TelemetryOptions } from './telemetry-options.js';

/**
 * Metrics and traces of an application's gateways, by OpenTelemetry. Import it once, beside `WsModule`:
 * `TelemetryModule.forRoot()`. The SDK is the application's, and started before it.
 *
 * @throws {WsConfigurationError} while the application starts, for a wrong option, and where the package
 *   `@opentelemetry/api` is not installed
 */
@Module({})
export class TelemetryModule {
  /** @param options all have defaults */
  static forRoot(options: TelemetryOptions = {}): DynamicModule {
    const resolved = resolveTelemetryOptions(options);
    return {
      module: TelemetryModule,
      providers: [
        {
          provide: Telemetry,
          useFactory: async (hub: Hub) => new Telemetry(await loadOpenTelemetry(), hub, resolved),
          inject: [Hub],
        },
      ],
    };
  }
}
