/** The largest sliding window deflate has, as a power of two; agreed on where nobody limits it (RFC 7692 7.1.2). */
export const MAX_WINDOW_BITS = 15;
/** What a flush ends with: the sender leaves it out, the receiver puts it back (RFC 7692 7.2.1, 7.2.2). */
export const FLUSH_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
