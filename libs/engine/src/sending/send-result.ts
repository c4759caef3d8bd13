/** What became of a message handed to a connection. */
export const SendResult = {
  /** Handed to the operating system, or will be at the end of this turn. */
  Sent: 0,
  /** Waiting in the send queue because the peer reads more slowly than we write. */
  Queued: 1,
  /** Not sent: the message was volatile, or the queue's policy dropped it. */
  Dropped: 2,
  /** Not sent: the connection is closing or closed. */
  Closed: 3,
} as const;

export type SendResult = (typeof SendResult)[keyof typeof SendResult];
