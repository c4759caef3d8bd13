/** Why there is no connection at the moment. */
export interface Why {
  /**
   * The code of the server's refusal, or `LOST`, `OFFLINE`, `SHUTDOWN`, `CONNECT_TIMEOUT`, `NO_ANSWER`,
   * `TOKEN_UNAVAILABLE`, `QUERY_UNAVAILABLE`, `MESSAGE_TOO_BIG`.
   */
  readonly code: string;
  /** For people: the reason of the close, or what went wrong. */
  readonly message: string;
  /** The close code, where there was one. */
  readonly close?: number | undefined;
}

/** Where a client stands. */
export type ClientState =
  /** An opening is under way; `attempt` counts from 1 since the last steady connection. */
  | { readonly name: 'connecting'; readonly attempt: number }
  /** The server has answered: messages flow. */
  | { readonly name: 'open' }
  /** The next try is in `in` milliseconds, at `until` by the clock of `Date.now()`. */
  | {
      readonly name: 'waiting';
      readonly in: number;
      readonly until: number;
      readonly why: Why;
      readonly attempt: number;
    }
  /** Coming back as it is does not help. `status` is that of HTTP where there was one. `connect()` tries again. */
  | {
      readonly name: 'refused';
      readonly status: number | undefined;
      readonly code: string;
      readonly message: string;
    }
  /** There is no token, or a fresh one was refused. `connect()` tries again. */
  | { readonly name: 'signed-out'; readonly code: string; readonly message: string }
  /** Closed for good, by `close()` or with 1000 by the server. `connect()` tries again. */
  | {
      readonly name: 'closed';
      readonly by: 'client' | 'server';
      readonly code: number;
      readonly reason: string;
    };
