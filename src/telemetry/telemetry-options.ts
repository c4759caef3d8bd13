import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { flag, objectWith, OptionTable, type OptionsFor, type Resolved } from '#hub';
import { configurationPlace } from '../options/configuration-place.js';

/** What `TelemetryModule.forRoot` takes; all have defaults. */
export interface TelemetryOptions {
  /** Whether there are metrics; default true. */
  metrics?: boolean | undefined;
  /** Whether there are traces; default true. */
  traces?: boolean | undefined;
  /** Default the one that is registered with `@opentelemetry/api` when the application starts. */
  meterProvider?: MeterProvider | undefined;
  /** Default the one that is registered with `@opentelemetry/api` when the application starts. */
  tracerProvider?: TracerProvider | undefined;
}

const TELEMETRY_OPTIONS = new OptionTable({
  metrics: flag(true),
  traces: flag(true),
  meterProvider: objectWith<MeterProvider>('getMeter')(undefined),
  tracerProvider: objectWith<TracerProvider>('getTracer')(undefined),
} satisfies OptionsFor<TelemetryOptions>);

export type ResolvedTelemetryOptions = Resolved<typeof TELEMETRY_OPTIONS>;

/** @throws {WsConfigurationError} for an unknown option, or a value that is none */
export function resolveTelemetryOptions(given: TelemetryOptions): ResolvedTelemetryOptions {
  return TELEMETRY_OPTIONS.resolve(given, configurationPlace('TelemetryModule option'));
}
