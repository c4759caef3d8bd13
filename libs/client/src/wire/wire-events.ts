/** Events of the wire that this client knows; a spec holds them against the server's. */
export const WireEvent = {
  Exception: 'exception',
  Expiring: 'expiring',
  Reauthenticate: 'reauthenticate',
  Ping: '$ping',
  Cancel: '$cancel',
  Join: '$join',
  Joined: '$joined',
  Leave: '$leave',
  Gap: '$gap',
  Presence: '$presence',
  Shutdown: '$shutdown',
  Reply: '$reply',
  Refuse: '$error',
} as const;

/** First character of what the wire itself gives a meaning: events, and the ids of the server's questions. */
export const RESERVED = '$';
/** The id of every `$ping`; those of calls begin with 1. */
export const PING_ID = 0;
