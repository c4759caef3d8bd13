/** What each close code means, by RFC 6455 7.4.1: what is said of a close that gave no reason itself. */
export const CLOSE_DESCRIPTIONS: Readonly<Record<number, string>> = Object.freeze({
  1000: 'Normal connection closure',
  1001: 'Remote end going away',
  1002: 'Protocol error',
  1003: 'Unprocessable input',
  1004: 'Reserved',
  1005: 'Reason not provided',
  1006: 'Abnormal closure, no close frame',
  1007: 'Invalid frame payload data',
  1008: 'Policy violation',
  1009: 'Message too big',
  1010: 'Extension required',
  1011: 'Internal server error',
  1012: 'Service restart',
  1013: 'Try again later',
  1014: 'Bad gateway',
  1015: 'TLS handshake failed',
});

/** The description of a code, '' for one that has none. */
export function describeClose(code: number): string {
  return CLOSE_DESCRIPTIONS[code] ?? '';
}

/** What is said of a connection whose socket failed. */
export function describeSocketError(error: NodeJS.ErrnoException): string {
  return `Socket Error: ${error.syscall ?? ''} ${error.code ?? error.message}`;
}
