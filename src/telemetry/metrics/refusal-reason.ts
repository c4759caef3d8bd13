import { ErrorCode } from '#hub';

const KNOWN: ReadonlySet<string> = new Set(Object.values(ErrorCode));

/** The code of an exception as an attribute: those that applications make up are one. */
export function refusalReason(code: string): string {
  return KNOWN.has(code) ? code.toLowerCase() : 'application';
}
