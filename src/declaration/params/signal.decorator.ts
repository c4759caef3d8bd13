import { ParamKind } from './param-kind.js';
import { paramDecorator } from './param-metadata.js';

/**
 * An `AbortSignal` that fires when the result is no longer wanted, because the connection closed or the
 * client cancelled. Pass it on to `fetch`, queries and timers.
 */
export function Signal(): ParameterDecorator {
  return paramDecorator(ParamKind.Signal);
}
