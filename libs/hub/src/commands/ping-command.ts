import type { Command } from '../dispatch/command.js';
import { PING_EVENT } from '../wire/envelope.js';
import { ErrorCode } from '../wire/error-code.js';
import { WireError } from '../wire/wire-error.js';

/**
 * `$ping`, with an id: answered at once with the same, whatever the connection is busy with. A page neither sends
 * the pings of RFC 6455 nor sees those of the server, and cannot tell otherwise whether anybody is there.
 */
export const pingCommand: Command = {
  event: PING_EVENT,
  run(connection, message, writer) {
    if (message.id === undefined) writer.fail(connection, message, withoutId());
    else writer.reply(connection, message, undefined);
  },
};

function withoutId(): WireError {
  return new WireError(
    ErrorCode.BadEnvelope,
    'Cannot answer ping: an id is expected, current value is missing',
  );
}
