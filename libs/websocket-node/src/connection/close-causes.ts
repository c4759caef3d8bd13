import { CloseCode, type CloseCause } from '#engine';
import { describeClose } from './close-reasons.js';

/** What this API closes connections for, beside what the engine does. */
export const NodeCloseCauses = {
  Closed: {
    code: CloseCode.Normal,
    reason: describeClose(CloseCode.Normal),
    when: 'the application or its server closed, and chose no other code',
  },
  Dropped: {
    code: CloseCode.ProtocolError,
    reason: describeClose(CloseCode.ProtocolError),
    when: 'the application dropped the connection, and chose no other code',
  },
  PeerLost: {
    code: CloseCode.Abnormal,
    reason: 'Peer not responding.',
    when: 'nothing came for `keepaliveGracePeriod` after a ping: no Close frame is sent',
  },
  NeverOpened: {
    code: CloseCode.Abnormal,
    reason: 'TCP connection lost before handshake completed.',
    when: 'the client left before its request was accepted: no Close frame is sent',
  },
  NotReading: {
    code: CloseCode.TryAgainLater,
    reason: 'The peer reads too slowly',
    when: 'more than `maxSendQueueSize` bytes wait',
  },
} as const satisfies Record<string, CloseCause>;
