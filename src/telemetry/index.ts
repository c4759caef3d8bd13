export { TelemetryModule } from './telemetry.module.js';
export type { TelemetryOptions } from './telemetry-options.js';
