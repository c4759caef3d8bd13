import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { IterableStream } from './iterable-stream.js';
import { ObservableStream } from './observable-stream.js';
import { isSubscribable, type StreamSource } from './stream-source.js';
import type { StreamContext, StreamTask } from './stream-task.js';

/** Makes the task that sends `source` as an answer; `start` sets it going. */
export function streamTask(source: StreamSource, context: StreamContext): StreamTask {
  return isSubscribable(source)
    ? new ObservableStream(source, context)
    : new IterableStream(source, context);
}

export function tooManyStreams(limit: number): WireError {
  return new WireError(
    ErrorCode.LimitExceeded,
    `Cannot start stream: the limit is ${limit} streams for each connection`,
  );
}
