/** Is told which users are here, after it has happened. What a method throws is reported and changes nothing. */
export interface UserObserver {
  /** The user's first connection has come, or signed in. */
  online?(userId: string): void;
  /** The last one is gone, or signed out. */
  offline?(userId: string): void;
}
