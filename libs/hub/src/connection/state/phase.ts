/** Where a connection stands between the handshake and its end. */
export const Phase = {
  /** The connect hook has not finished, or has refused: nothing is dispatched. */
  Connecting: 0,
  Ready: 1,
  Closed: 2,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];
