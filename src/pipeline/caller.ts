/** Calls a gateway method with everything that is around it; may return a promise or a stream. */
export type Caller<Args extends readonly unknown[]> = (...args: Args) => unknown;
