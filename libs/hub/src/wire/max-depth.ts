import { UsageError } from '#engine';
import { ErrorCode } from './error-code.js';
import { WireError } from './wire-error.js';

/**
 * Levels of arrays and objects in each other, the envelope being the first, that a message may have. Data
 * of people and programs rarely has 20; 100 is the limit of the encoder of `@msgpack/msgpack` and of
 * protobuf's JSON, and far below the depth at which recursion in a handler ends in a RangeError.
 */
const DEFAULT_MAX_DEPTH = 100;

/** How a codec is made. */
export interface CodecOptions {
  /** Levels of arrays and objects in each other, the envelope included. Default 100. */
  maxDepth?: number;
}

/** @throws {UsageError} unless `maxDepth` is a whole number from 2 on: `data` may be an object. */
export function readMaxDepth({ maxDepth = DEFAULT_MAX_DEPTH }: CodecOptions): number {
  if (Number.isSafeInteger(maxDepth) && maxDepth >= 2) return maxDepth;
  throw new UsageError(
    `Cannot make codec: maxDepth expects a whole number, 2 or more, current value is ${String(maxDepth)}`,
  );
}

/** What a client is told whose message nests too deeply. */
export function tooDeep(maxDepth: number): WireError {
  return new WireError(
    ErrorCode.BadEnvelope,
    `Cannot parse message: at most ${maxDepth} levels of arrays and objects are expected, it has more`,
  );
}

/** What the application is told; `encodeEnvelope` puts the event before it. */
export function dataTooDeep(maxDepth: number): UsageError {
  return new UsageError(
    `at most ${maxDepth} levels of arrays and objects are expected, the message has more`,
  );
}
