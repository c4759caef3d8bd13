import { MalformedBytes } from '../../support/byte-reader.js';

/** A small object as the body of a question or an answer. */
export function jsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** @throws {MalformedBytes | SyntaxError} */
export function readJsonBody(body: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(body).toString());
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of whatever
    return value as Record<string, unknown>;
  }
  throw new MalformedBytes('An object is expected');
}

/** @throws {MalformedBytes} for anything but a whole number from 0 */
export function countOf(body: Uint8Array): number {
  const { count } = readJsonBody(body);
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new MalformedBytes('A count is expected');
}

/** @throws {MalformedBytes} for anything but an array of strings */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new MalformedBytes('Texts are expected');
}
