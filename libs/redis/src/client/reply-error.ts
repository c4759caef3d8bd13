import { BrokerUnavailable } from '#hub';

/** The connection went, or was given up: whether the server did what it was asked is not known. */
export class ConnectionLost extends BrokerUnavailable {}

/** Codes of servers that should not be used any longer, whatever else works. */
const USELESS = new Set([
  'READONLY',
  'MISCONF',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'NOREPLICAS',
  'BUSY',
  'NOAUTH',
  'NOPERM',
]);

/** What a user may not do, by itself or within a script. */
const NO_RIGHT = /^(?:NOPERM |ERR The user executing the script can't )/;

/** How an error of the server begins: `WRONGTYPE`, `OOM`, `ERR`; '' for an error of another kind. */
export function replyCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return /^-?([A-Z][A-Z0-9]+)(?: |$)/.exec(error.message)?.[1] ?? '';
}

/** Whether it is about the server or our rights there, and not about one command. */
export function isUseless(error: unknown): boolean {
  const code = replyCode(error);
  return code === '' || USELESS.has(code);
}

/**
 * @param what was to be done, such as `read the history of a room`
 * @param rights what a user has to be allowed
 */
export function refused(what: string, error: unknown, rights: string): BrokerUnavailable {
  if (error instanceof BrokerUnavailable) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const hint = NO_RIGHT.test(reason) ? `; its user needs ${rights}` : '';
  return new BrokerUnavailable(`Cannot ${what}: ${reason}${hint}`, { cause: error });
}
