/** Most bytes of a control frame's payload (RFC 6455 5.5). */
export const MAX_CONTROL_PAYLOAD = 125;
/** Most bytes of a close reason, for the status code has two of them (RFC 6455 5.5.1). */
export const MAX_CLOSE_REASON = MAX_CONTROL_PAYLOAD - 2;
