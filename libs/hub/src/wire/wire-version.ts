/**
 * Subprotocols by which a client says that it speaks version 1 of the wire. Every gateway takes them beside its
 * own; what would break such a client gets another number.
 */
export const WIRE_PROTOCOL = 'nestwire.1';
/** The same in MessagePack. */
export const WIRE_MSGPACK_PROTOCOL = 'nestwire.1.msgpack';
