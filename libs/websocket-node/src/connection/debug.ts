import { debuglog } from 'node:util';

const log = debuglog('nestwire:websocket');

/**
 * What programs written for `websocket` find as `_debug`. Its lines go to stderr with
 * `NODE_DEBUG=nestwire:websocket`, at once; so there is never anything left to print.
 */
export const debug = Object.assign(
  (message: string, ...values: unknown[]) => log(message, ...values),
  {
    enabled: log.enabled,
    printOutput(): void {},
  },
);
