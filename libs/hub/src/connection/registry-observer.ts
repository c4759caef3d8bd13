import type { AnyContract, Contract } from '#contract';
import type { Connection } from './connection.js';

/**
 * Is told which connections there are, and whose, after it has happened. What a method throws is reported
 * and changes nothing.
 */
export interface RegistryObserver<C extends Contract = AnyContract> {
  added?(connection: Connection<C>): void;
  /** The connection has its user id still. */
  removed?(connection: Connection<C>): void;
  /** It signed in, out, or as somebody else. @param before its user id until now */
  identified?(connection: Connection<C>, before: string | undefined): void;
  /** The user's first connection has come, or signed in. */
  online?(userId: string): void;
  /** The last one is gone, or signed out. */
  offline?(userId: string): void;
}
