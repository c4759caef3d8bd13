// Events of the wire that this client knows; a spec holds them against the server's. One by one, so that
// bundlers leave out what a page has no use for.
export const EXCEPTION_EVENT = 'exception';
export const EXPIRING_EVENT = 'expiring';
export const REAUTHENTICATE_EVENT = 'reauthenticate';
export const PING_EVENT = '$ping';
export const CANCEL_EVENT = '$cancel';
export const JOIN_EVENT = '$join';
export const JOINED_EVENT = '$joined';
export const LEAVE_EVENT = '$leave';
export const GAP_EVENT = '$gap';
export const PRESENCE_EVENT = '$presence';
export const ACK_EVENT = '$ack';
export const UPLOAD_EVENT = '$upload';
export const MAIL_EVENT = '$mail';
export const SHUTDOWN_EVENT = '$shutdown';
export const REPLY_EVENT = '$reply';
export const REFUSE_EVENT = '$error';

/** First character of what the wire itself gives a meaning: events, and the ids of the server's questions. */
export const RESERVED = '$';
/** The id of every `$ping`; those of calls begin with 1. */
export const PING_ID = 0;
