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

/**
 * The same for a message that may not be Node's: the requests of fakes, proxies and other processes have
 * `rawHeaders` of another shape, or none, or without what somebody has added to the parsed ones. Then
 * these have to do.
 * @param name in lower case
 */
export function countLines(
  { headers, rawHeaders }: { headers: IncomingHttpHeaders; rawHeaders?: unknown },
  name: string,
): number {
  const count = isFlat(rawHeaders) ? countHeader(rawHeaders, name) : 0;
  if (count > 0) return count;
  const value = headers[name];
  if (value === undefined) return 0;
  return Array.isArray(value) ? value.length : 1;
}

function isFlat(rawHeaders: unknown): rawHeaders is string[] {
  return (
    Array.isArray(rawHeaders) &&
    rawHeaders.length > 0 &&
    rawHeaders.every((one) => typeof one === 'string')
  );
}
