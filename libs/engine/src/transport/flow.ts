/** Whether the socket is read; looking, it is although the application paused, until something comes. */
export const Flow = { Open: 0, Paused: 1, Looking: 2 } as const;
export type Flow = (typeof Flow)[keyof typeof Flow];

/** Bytes held for a paused connection from which on its socket is not looked at; one read may exceed it. */
export const LOOK_LIMIT = 64 * 1024;
