import { LimitError } from '#engine';

/** A message that no broker of this kind carries. */
export function messageTooLong(bytes: number, maxMessage: number): LimitError {
  return new LimitError(
    `Cannot send to other nodes: at most ${maxMessage} bytes are carried, current value is ${bytes}`,
    'WS_ERR_BROKER_MESSAGE_TOO_LONG',
  );
}
