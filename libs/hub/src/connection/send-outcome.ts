import { SendResult, type Transport } from '#engine';

/**
 * What became of a message when everything sent so far has left, or never will.
 * @param result what sending it returned
 * @returns never QUEUED
 */
export function sendOutcome(
  transport: Transport,
  result: SendResult,
): SendResult | Promise<SendResult> {
  if (result === SendResult.Dropped || result === SendResult.Closed) return result;
  return new Promise((resolve) => {
    transport.afterSent((error) => resolve(error === undefined ? SendResult.Sent : lost(error)));
  });
}

/** What a message became that was accepted and has not left after all. */
function lost(error: Error): SendResult {
  const dropped = 'code' in error && error.code === 'WS_ERR_SEND_QUEUE_FULL';
  return dropped ? SendResult.Dropped : SendResult.Closed;
}
