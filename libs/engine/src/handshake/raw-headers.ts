import type { IncomingHttpHeaders } from 'node:http';

/**
 * How many lines of a message carry the header `name`. The parsed `headers` cannot tell: Node joins
 * some repeated headers with a comma and silently drops the second Host.
 * @param rawHeaders name, value, name, value … as `IncomingMessage.rawHeaders` has them
 * @param name in lower case
 */
export function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at]!;
    if (candidate.length === name.length && candidate.toLowerCase() === name) count++;
  }
  return count;
}

/** Headers that may not be Node's: those of fakes, of proxies and of other processes. */
interface MessageHeaders {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders?: unknown;
}

/**
 * The same for a message that may not be Node's: such ones have `rawHeaders` of another shape, or none,
 * or without what somebody has added to the parsed ones. Then these have to do.
 * @param name in lower case
 */
export function countLines({ headers, rawHeaders }: MessageHeaders, name: string): number {
  const count = isFlat(rawHeaders) ? countHeader(rawHeaders, name) : 0;
  if (count > 0) return count;
  const value = headers[name];
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}

/**
 * The parsed headers as Node has them. In messages that a program has made, as for tests without a
 * network, values may be numbers or lists.
 * @returns null for a message that Node's parser has read, whose headers are that already
 */
export function madeHeaders({ headers, rawHeaders }: MessageHeaders): IncomingHttpHeaders | null {
  if (isFlat(rawHeaders)) return null;
  const values = Object.entries(headers as Record<string, unknown>);
  return Object.fromEntries(
    values.flatMap(([name, value]) => (value == null ? [] : [[name, asText(value)]])),
  );
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function isFlat(rawHeaders: unknown): rawHeaders is string[] {
  return (
    Array.isArray(rawHeaders) &&
    rawHeaders.length > 0 &&
    rawHeaders.every((one) => typeof one === 'string')
  );
}
