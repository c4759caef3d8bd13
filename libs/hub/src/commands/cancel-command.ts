import type { Command } from '../dispatch/command.js';
import { Workload } from '../dispatch/workload.js';
import { CANCEL_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/** `$cancel`, with the id of a request: ends its handler or stream, or takes it out of the queue. */
export const cancelCommand: Command = {
  event: CANCEL_EVENT,
  run(connection, message, writer) {
    if (message.id === undefined) {
      writer.fail(connection, message, withoutId());
      return;
    }
    // An id that is not under way is no error: the answer may have crossed the cancel.
    const queued = Workload.of(connection)?.cancel(message.id) ?? [];
    for (const request of queued) writer.complete(connection, request);
  },
};

function withoutId(): WireError {
  return new WireError(
    ErrorCode.BadEnvelope,
    'Cannot cancel request: an id is expected, current value is missing',
  );
}
