/** Something a connection has under way and a client can cancel: a pending handler or a stream. */
export interface Task {
  /** Id of the request it answers. */
  readonly id: string | number | undefined;
  /** Streams are counted against a limit of their own. */
  readonly streaming: boolean;
  /** The client asked it to stop: it still gets a last answer. */
  cancel(): void;
  /** The connection has closed: let go of everything, answer nobody. */
  abandon(): void;
  /** The send queue is empty again. */
  drained(): void;
}
