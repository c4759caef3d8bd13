import {
  delayOrOff,
  LANE_OPTIONS,
  nested,
  OptionTable,
  transportLimits,
  type OptionsFor,
  type Resolved,
} from '#hub';
import { allowedOrigins, codecs, compression } from './connection-kinds.js';
import type { LoadOptions } from './realtime-options.interface.js';
import { LOAD_OPTIONS } from './realtime-options.js';
import { SESSION_OPTIONS } from './session-options.js';
import type { ConnectionOptions, SessionOptions } from './ws-options.interface.js';

/** What holds for the connections of one path, the gateway's over the module's. */
export const PATH_OPTIONS = new OptionTable({
  limits: transportLimits({}),
  compression,
  ...LANE_OPTIONS.options,
  timeout: delayOrOff(0),
  allowedOrigins,
  session: nested<SessionOptions>(SESSION_OPTIONS, {}),
  codecs,
} satisfies OptionsFor<Omit<ConnectionOptions, keyof LoadOptions>>);

export type ResolvedConnectionOptions = Resolved<typeof PATH_OPTIONS>;

/** What the module and its gateways have in common. */
export const CONNECTION_OPTIONS = new OptionTable({
  ...PATH_OPTIONS.options,
  ...LOAD_OPTIONS.options,
} satisfies OptionsFor<ConnectionOptions>);
