import {
  DRAIN_OPTIONS,
  isWhole,
  kind,
  optional,
  OptionTable,
  withDefault,
  type OptionsFor,
} from '#hub';
import { GatewayCloseCauses } from '../support/close-causes.js';
import type { ShutdownOptions } from './ws-options.interface.js';

const { deadline, reason, notice, grace, batchSize, batchInterval, reconnect } =
  DRAIN_OPTIONS.options;

/** Of the registered codes only those with which a server may send a client away. */
const shutdownCode = kind(
  '1000, 1001, 1012, 1013 or 3000 to 4999',
  (value): value is number =>
    [1000, 1001, 1012, 1013].some((code) => code === value) || isWhole(value, 3000, 4999),
);

/** What connections are told when the application closes. */
export const SHUTDOWN_OPTIONS = new OptionTable({
  code: shutdownCode(DRAIN_OPTIONS.defaults.code),
  reason: withDefault(reason, GatewayCloseCauses.Shutdown.reason),
  deadline,
  // Checked now, and not by a hub that throws when it is to close: its connections would stay open.
  ...optional({ notice, grace, batchSize, batchInterval, reconnect }),
} satisfies OptionsFor<ShutdownOptions>);
