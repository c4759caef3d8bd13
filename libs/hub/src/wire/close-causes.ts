import { CloseCode, type CloseCause } from '#engine';

/** What the hub closes connections for, beside what the engine does. */
export const HubCloseCauses = {
  Shutdown: {
    code: CloseCode.GoingAway,
    reason: '',
    when: 'the application shuts down (`shutdown`)',
  },
  Disconnected: {
    code: CloseCode.PolicyViolation,
    reason: '',
    when: 'the application disconnected a user or a group, and chose no other code',
  },
  RateLimit: {
    code: CloseCode.PolicyViolation,
    reason: 'Rate limit exceeded',
    when: 'the client sent too many messages, where `onViolation` is `close`',
  },
  TooManyRooms: {
    code: CloseCode.PolicyViolation,
    reason: (limit: number) => `Cannot join room: the limit is ${limit} rooms for each connection`,
    when: 'the connect hook joined more than `maxRoomsPerConnection`',
  },
  Refused: {
    code: CloseCode.PolicyViolation,
    reason: (message: string) => message,
    when: 'the connect hook refused; the reason is the message of its error, or its code',
  },
  ConnectFailed: {
    code: CloseCode.InternalError,
    reason: (message: string) => message,
    when: 'the connect hook failed for a reason that is no business of the client',
  },
  ConnectTimeout: {
    code: CloseCode.TryAgainLater,
    reason: 'Cannot connect: the connect hook has not finished in time',
    when: 'the connect hook took longer than `handshakeTimeout`',
  },
  TooManyOfUser: {
    code: CloseCode.TryAgainLater,
    reason: 'Too many connections of this user',
    when: 'the user signed in on more connections than `perUser` allows, or has them on several nodes',
  },
  TooManyOfAddress: {
    code: CloseCode.TryAgainLater,
    reason: 'Too many connections from this address',
    when: "the address has more connections on all nodes than `perIp` allows, with `scope: 'cluster'`",
  },
  RecoveryTooLong: {
    code: CloseCode.TryAgainLater,
    reason: 'Recovery takes too long',
    when: 'over 1,024 live messages, or 1 MiB, wait for a history that is still being read',
  },
} as const satisfies Record<string, CloseCause>;
