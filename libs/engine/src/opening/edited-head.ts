import { UsageError } from '../protocol/errors.js';

/**
 * A line of a response head that somebody has edited must not smuggle in another.
 * @throws {UsageError} for one that holds CR, LF or NUL
 */
export function checkHeadLine(line: string): void {
  // oxlint-disable-next-line no-control-regex -- exactly these bytes would end or corrupt a line
  if (!/[\r\n\0]/.test(line)) return;
  throw new UsageError(
    `Cannot send the header line ${JSON.stringify(line)}: it holds CR, LF or NUL`,
  );
}
