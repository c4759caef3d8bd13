/** What a worker asks of the primary; each is answered once. */
export const Request = {
  Hello: 1,
  Publish: 2,
  Subscribe: 3,
  Unsubscribe: 4,
  ReadLog: 5,
  Probe: 6,
  Follow: 7,
  Unfollow: 8,
  Append: 9,
  ReadHistory: 10,
  Ends: 11,
  ClearHistory: 12,
  PushMail: 13,
  ListMail: 14,
  RemoveMail: 15,
  ClearMail: 16,
} as const;

export type Request = (typeof Request)[keyof typeof Request];

/** What the primary says. */
export const Reply = {
  /** To a request: done, with what was asked for. */
  Done: 64,
  /** To a request: refused, with the reason. */
  Failed: 65,
  /** A message of a subscribed channel. */
  Message: 66,
  /** Something was appended to a followed room. */
  News: 67,
} as const;

export type Reply = (typeof Reply)[keyof typeof Reply];
