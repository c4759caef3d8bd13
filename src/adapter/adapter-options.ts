import { DEFAULT_HANDSHAKE_TIMEOUT } from '#engine';
import {
  callback,
  delayOrOff,
  filled,
  OptionPlace,
  OptionTable,
  transportLimits,
  wholeFrom,
  type OptionsFor,
} from '#hub';
import { SHUTDOWN_OPTIONS } from '../options/shutdown-options.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import type { MessageParser, NestwireAdapterOptions } from './adapter-options.interface.js';

const { code, reason } = SHUTDOWN_OPTIONS.options;

/** How clients are told to go; 0 cuts them off as soon as they have been told. */
const FAREWELL_OPTIONS = new OptionTable({
  code,
  reason,
  deadline: delayOrOff(5_000),
} satisfies OptionsFor<NonNullable<NestwireAdapterOptions['shutdown']>>);

/** What `NestwireAdapter` takes. */
export const ADAPTER_OPTIONS = new OptionTable({
  messageParser: callback<MessageParser>(),
  concurrency: wholeFrom(1)(128),
  connectTimeout: delayOrOff(DEFAULT_HANDSHAKE_TIMEOUT),
  limits: transportLimits({}),
  shutdown: filled(FAREWELL_OPTIONS),
} satisfies OptionsFor<NestwireAdapterOptions>);

export const ADAPTER_PLACE = new OptionPlace({
  at: (path) =>
    path === ''
      ? 'Cannot use options of NestwireAdapter'
      : `Cannot use option ${path} of NestwireAdapter`,
  error: (message) => new WsConfigurationError(message),
});
