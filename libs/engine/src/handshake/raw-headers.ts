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
