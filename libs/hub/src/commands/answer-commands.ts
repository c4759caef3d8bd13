import type { Outcome } from '../connection/request/pending-requests.js';
import { REFUSE_EVENT, REPLY_EVENT } from '../connection/request/request-events.js';
import type { Command } from '../dispatch/command.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';
import { kCore } from '../connection/connection-core.js';

/** `$reply` and `$error`: a client answers a request of the server, or refuses to. */
export const answerCommands: readonly Command[] = [
  answer(REPLY_EVENT, (data, bytes) => ({ answered: true, data, bytes })),
  answer(REFUSE_EVENT, (data, bytes) => ({ answered: false, reason: 'refused', data, bytes })),
];

function answer(event: string, outcome: (data: unknown, bytes: number) => Outcome): Command {
  return {
    event,
    run(connection, message, writer, bytes) {
      const { id, data } = message;
      // An id that nobody waits for is no error: the time may have run out meanwhile.
      if (id === undefined) writer.fail(connection, message, withoutId());
      else connection[kCore].requests?.settle(id, outcome(data, bytes));
    },
  };
}

function withoutId(): WireError {
  return new WireError(
    ErrorCode.BadEnvelope,
    'Cannot read answer: an id is expected, current value is missing',
  );
}
