/** People of a channel that nodes name to one another; past it they only say how many there are. */
export const MAX_PEOPLE = 10_000;
/** Bytes one node says about the people of a channel; past it, the same. */
export const MAX_STATE = 4 * 1024 * 1024;
/** Entries in one message; 64 KiB may it have with all that stands around them. */
export const MAX_ENTRIES_BYTES = 60 * 1024;
/** Below this share of a limit names are said again. */
export const RELIEF = 0.8;
