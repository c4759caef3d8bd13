import { NestwireAdapter, OnBinary, OnMessage, RateLimit, WsConfigurationError } from 'nestwire';
import type { InspectorOptions } from 'nestwire/inspector';
import { natsBroker, type NatsBrokerOptions } from 'nestwire/nats';
import { redisBroker, type RedisBrokerOptions } from 'nestwire/redis';
import { UsageError } from '#engine';
import {
  DRAIN_OPTIONS,
  ENDPOINT_OPTIONS,
  EVENT_RATE_OPTIONS,
  Hub,
  HUB_OPTIONS,
  MessageRouter,
  type AnyOptions,
} from '#hub';
import { ADAPTER_OPTIONS } from '../../src/adapter/adapter-options.js';
import { HANDLER_OPTIONS } from '../../src/declaration/handled-messages.js';
import { HEALTH_OPTIONS, resolveHealth } from '../../src/health/health-options.js';
import { configurationPlace } from '../../src/options/configuration-place.js';
import { INSPECTOR_OPTIONS, resolveInspector } from '../../src/inspector/inspector-options.js';
import { MODULE_OPTIONS, resolveOptions } from '../../src/options/ws-options.resolver.js';
import { NATS_BROKER_OPTIONS } from '../../libs/nats/src/options/nats-broker-options.js';
import { REDIS_BROKER_OPTIONS } from '../../libs/redis/src/redis-broker-options.js';
import { GATEWAY_OPTIONS } from '../../src/routes/gateway-options.js';

/** A set of options that somebody writes, and how they are read where that happens. */
export interface OptionSet {
  readonly table: { readonly names: readonly string[]; readonly options: AnyOptions };
  /** How messages begin about one of them, or about all of them (''). */
  readonly at: (path: string) => string;
  readonly error: new (message: string) => Error;
  readonly read: (options: unknown) => void;
}

const router = new MessageRouter([]);
const gateway = configurationPlace('option of gateway Chat', ': ');

export const OPTION_SETS: Readonly<Record<string, OptionSet>> = {
  'WsModule.forRoot': {
    table: MODULE_OPTIONS,
    at: (path) => `Cannot read WsModule option${path && ` ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => resolveOptions(options as object),
  },
  'WsHealthModule.forRoot': {
    table: HEALTH_OPTIONS,
    at: (path) => `Cannot read WsHealthModule option${path && ` ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => resolveHealth(options as object),
  },
  'InspectorModule.forRoot': {
    table: INSPECTOR_OPTIONS,
    at: (path) => `Cannot read InspectorModule option${path && ` ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => resolveInspector(options as InspectorOptions),
  },
  '@WsGateway': {
    table: GATEWAY_OPTIONS,
    at: (path) => `Cannot read option of gateway Chat${path && `: ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => GATEWAY_OPTIONS.read(options, gateway),
  },
  '@OnMessage': {
    table: HANDLER_OPTIONS,
    at: (path) => `Cannot read option of @OnMessage${path && `: ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => OnMessage('say', options as object),
  },
  '@OnBinary': {
    table: HANDLER_OPTIONS,
    at: (path) => `Cannot read option of @OnBinary${path && `: ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => OnBinary(1, options as object),
  },
  '@RateLimit': {
    table: EVENT_RATE_OPTIONS,
    at: (path) => `Cannot read argument of @RateLimit${path && `: ${path}`}: `,
    error: WsConfigurationError,
    read: (options) => RateLimit(options as { messages: number }),
  },
  NestwireAdapter: {
    table: ADAPTER_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's'} of NestwireAdapter: `,
    error: WsConfigurationError,
    read: (options) => new NestwireAdapter(undefined, options as object),
  },
  Hub: {
    table: HUB_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's of hub'}: `,
    error: UsageError,
    read: (options) => new Hub(options as object),
  },
  'Hub.endpoint': {
    table: ENDPOINT_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's of endpoint'}: `,
    error: UsageError,
    read: (options) => new Hub().endpoint(options as { router: MessageRouter }),
  },
  natsBroker: {
    table: NATS_BROKER_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's'} of natsBroker: `,
    error: UsageError,
    read: (options) => void natsBroker(options as NatsBrokerOptions),
  },
  redisBroker: {
    table: REDIS_BROKER_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's'} of redisBroker: `,
    error: UsageError,
    read: (options) => void redisBroker(options as RedisBrokerOptions),
  },
  'Hub.close': {
    table: DRAIN_OPTIONS,
    at: (path) => `Cannot use option${path ? ` ${path}` : 's of hub.close()'}: `,
    error: UsageError,
    read: (options) => void new Hub().close(options as object),
  },
};

/** What an option set cannot be read without. */
export const NEEDED: Readonly<Record<string, object>> = {
  '@RateLimit': { messages: 1 },
  'Hub.endpoint': { router },
  'InspectorModule.forRoot': { guard: { canActivate: () => true } },
  natsBroker: { app: 'chat' },
  redisBroker: { app: 'chat' },
};
