import { callback, delayOrOff, OptionTable, type OptionsFor } from '#hub';
import type { SessionOptions } from './ws-options.interface.js';

export const SESSION_OPTIONS = new OptionTable({
  expiresAt: callback<NonNullable<SessionOptions['expiresAt']>>(),
  /** Time to fetch a new token. */
  notice: delayOrOff(30_000),
} satisfies OptionsFor<SessionOptions>);
