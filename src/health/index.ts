export { WsHealthModule } from './ws-health.module.js';
export type { WsHealthOptions } from './health-options.js';
export { WsHealth } from './ws-health.js';
export { WsHealthIndicator } from './ws-health.indicator.js';
export type { LoopDelays, WsLiveness, WsReadiness } from './health-results.js';
