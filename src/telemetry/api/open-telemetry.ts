import { WsConfigurationError } from '../../support/ws-configuration-error.js';

/** The package `@opentelemetry/api`, which an application installs. */
export type OpenTelemetry = typeof import('@opentelemetry/api');

/** Name of the meter and of the tracer. */
export const SCOPE = 'nestwire';

/** @throws {WsConfigurationError} as a rejection, when the package is not installed */
export async function loadOpenTelemetry(
  load: () => Promise<OpenTelemetry> = () => import('@opentelemetry/api'),
): Promise<OpenTelemetry> {
  try {
    return await load();
  } catch (cause) {
    const error = new WsConfigurationError(
      'Cannot import TelemetryModule: the package @opentelemetry/api 1.9 or later is not installed, expected `npm install @opentelemetry/api`',
    );
    error.cause = cause;
    throw error;
  }
}
