/**
 * What one path speaks, named once for both ends. All of it is types: nothing of a contract exists when
 * the program runs.
 *
 * ```ts
 * export interface Board {
 *   calls: { move(data: Move): Card; cards(): Card[] };
 *   streams: { ticks(data: { every: number }): Tick };
 *   uploads: { picture(data: { card: string }): Picture };
 *   events: { moved: Card };
 *   mail: { invitation: Invitation };
 *   questions: { confirm(data: { card: string }): boolean };
 *   presence: { name: string };
 *   user: Account;
 * }
 * ```
 *
 * Shapes are those of the wire: with JSON a date is a string. Every part may be left out; a part that is
 * left out has no members, and naming one does not compile. With `user` and `data` alone nothing is said of
 * the wire, and every name compiles.
 */
export interface Contract {
  /** What clients send, with or without waiting for the answer; what the function returns is the answer. */
  readonly calls?: object;
  /** What clients ask for and get many answers to; what the function returns is one of them. */
  readonly streams?: object;
  /** What clients send bytes with; the function takes the data beside them, and what it returns is the answer. */
  readonly uploads?: object;
  /** What the server sends by itself: to a connection, a room, a user, everybody. */
  readonly events?: object;
  /** What the server leaves for a user, who may be away. */
  readonly mail?: object;
  /** What the server asks clients; what the function returns is the client's answer. */
  readonly questions?: object;
  /** What is said of a person in a room to everybody there. */
  readonly presence?: unknown;
  /** `connection.user` at the server; never sent. */
  readonly user?: unknown;
  /** `connection.data` at the server; never sent. */
  readonly data?: object;
}

/**
 * A path that has no contract: any name, any data. Whoever receives some says what it is, as `any` lets
 * them; what a client answers and who a user is has to be looked at first.
 */
// oxlint-disable typescript/no-explicit-any -- `unknown` refuses `on('said', (said: Said) => ...)`
export interface AnyContract {
  readonly calls: Record<string, (data?: any) => any>;
  readonly streams: Record<string, (data?: any) => any>;
  readonly uploads: Record<string, (data?: any) => any>;
  readonly events: Record<string, any>;
  readonly mail: Record<string, any>;
  readonly questions: Record<string, (data?: any) => unknown>;
  readonly presence: any;
  readonly user: unknown;
  readonly data: Record<string, unknown>;
}
// oxlint-enable typescript/no-explicit-any
