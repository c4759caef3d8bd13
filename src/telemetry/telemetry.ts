import type { MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Hub } from '#hub';
import { ServerMetrics } from './metrics/server-metrics.js';
import { SCOPE, type OpenTelemetry } from './api/open-telemetry.js';
import type { ResolvedTelemetryOptions } from './telemetry-options.js';
import { ServerTraces } from './traces/server-traces.js';

/** By meter provider: those of one are told of together. */
const known = new WeakMap<MeterProvider, ServerMetrics>();

/** Metrics and traces of one application, from its start until it has closed. */
export class Telemetry implements OnApplicationShutdown {
  readonly #logger = new Logger('TelemetryModule', { timestamp: true });
  readonly #stops: (() => void)[] = [];

  constructor(api: OpenTelemetry, hub: Hub, options: ResolvedTelemetryOptions) {
    if (options.metrics) this.#measure(api, hub, options);
    if (options.traces) this.#trace(api, hub, options);
  }

  /** After the last connection has closed; also when the application ends in the middle of something. */
  onApplicationShutdown(): void {
    for (const stop of this.#stops.splice(0)) {
      try {
        stop();
      } catch (error) {
        this.#logger.warn(`Cannot end telemetry: ${String(error)}`);
      }
    }
  }

  #measure(api: OpenTelemetry, hub: Hub, options: ResolvedTelemetryOptions): void {
    const { meterProvider = api.metrics.getMeterProvider() } = options;
    const meter = meterProvider.getMeter(SCOPE);
    if (meter === api.createNoopMeter()) {
      this.#logger.warn(missing('meter provider', 'metrics'));
      return;
    }
    let metrics = known.get(meterProvider);
    if (metrics === undefined) {
      metrics = new ServerMetrics(meter);
      known.set(meterProvider, metrics);
    }
    this.#stops.push(metrics.add(hub));
  }

  #trace(api: OpenTelemetry, hub: Hub, options: ResolvedTelemetryOptions): void {
    const { tracerProvider = api.trace.getTracerProvider() } = options;
    if (standsForNone(tracerProvider)) {
      this.#logger.warn(missing('tracer provider', 'traces'));
      return;
    }
    const traces = new ServerTraces(api, tracerProvider.getTracer(SCOPE), hub);
    this.#stops.push(() => traces.stop());
  }
}

/** What the API hands out until somebody registers a provider. */
function standsForNone(
  provider: TracerProvider & { getDelegateTracer?(name: string): Tracer | undefined },
): boolean {
  if (provider.getDelegateTracer === undefined) return false;
  return provider.getDelegateTracer(SCOPE) === undefined;
}

function missing(what: string, option: string): string {
  return `No ${what} is registered with @opentelemetry/api, so there are no ${option}: start the SDK before the application, or set ${option}: false`;
}
