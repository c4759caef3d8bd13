import type { SendPolicy, TransportLimits } from '#engine';
import {
  count,
  flag,
  HUB_OPTIONS,
  OptionTable,
  sendPolicy,
  type OptionsFor,
  type RateOptions,
} from '#hub';
import type { LoadOptions, RealtimeOptions } from './realtime-options.interface.js';

const hub = HUB_OPTIONS.options;

/** How much load clients may cause. */
export const LOAD_OPTIONS = new OptionTable({
  slowConsumers: sendPolicy(undefined),
  maxBackpressure: count(undefined),
  maxPayloadLength: count(undefined),
  closeOnBackpressureLimit: flag(undefined),
  rate: hub.rate,
} satisfies OptionsFor<LoadOptions>);

/** What rooms, users and limits of the whole application are made with; the hub fills in defaults. */
export const REALTIME_OPTIONS = new OptionTable({
  history: hub.history,
  mailbox: hub.mailbox,
  presence: hub.presence,
  broker: hub.broker,
  cluster: hub.cluster,
  connections: hub.connections,
  idempotency: hub.idempotency,
  uploads: hub.uploads,
  trustedProxies: hub.trustedProxies,
  userId: hub.userId,
  onSlowConsumer: hub.onSlowConsumer,
  sendBudget: hub.sendBudget,
} satisfies OptionsFor<RealtimeOptions>);

/** The options that are another name for a limit. */
const ALIASES = [
  { alias: 'maxBackpressure', limit: 'sendHardLimit' },
  { alias: 'maxPayloadLength', limit: 'maxPayload' },
] as const satisfies readonly { alias: keyof LoadOptions; limit: keyof TransportLimits }[];

/** The load options of one path, its own over the module's. */
interface ResolvedLoadOptions {
  readonly policy: SendPolicy | undefined;
  /** Those that were set under their other name; they come before `limits`. */
  readonly limits: Readonly<Partial<TransportLimits>>;
  /** Of the gateway alone; the module's is counted by the hub. */
  readonly rate: RateOptions | undefined;
}

/** @param limits what the gateway sets itself: a limit of its own comes before the module's other name for it */
export function loadOptions(
  module: LoadOptions,
  gateway: LoadOptions,
  limits: Readonly<Partial<TransportLimits>> = {},
): ResolvedLoadOptions {
  const aliased: Partial<TransportLimits> = {};
  for (const { alias, limit } of ALIASES) {
    const inherited = limits[limit] === undefined ? module[alias] : undefined;
    const bytes = gateway[alias] ?? inherited;
    if (bytes !== undefined) aliased[limit] = bytes;
  }
  return {
    policy: policyOf(gateway) ?? policyOf(module),
    limits: aliased,
    rate: gateway.rate,
  };
}

function policyOf({
  slowConsumers,
  closeOnBackpressureLimit,
}: LoadOptions): SendPolicy | undefined {
  if (slowConsumers !== undefined || closeOnBackpressureLimit === undefined) return slowConsumers;
  return closeOnBackpressureLimit ? 'close' : 'drop-new';
}
