import type { AnyContract, Contract } from '#contract';
import type { Connection } from '../connection/connection.js';

/**
 * Is told what happens to rooms, after it has happened. What a method throws is reported and changes
 * nothing. A room that a close empties is told about like any other.
 */
export interface RoomObserver<C extends Contract = AnyContract> {
  /** The first member came in; `joined` follows. */
  created?(room: string): void;
  joined?(room: string, connection: Connection<C>): void;
  /** Left, or closed: then `connection.rooms` still lists the room. */
  left?(room: string, connection: Connection<C>): void;
  /** The last member is gone; told after `left`. */
  emptied?(room: string): void;
}

/** Whoever wants to hear about rooms; one list for a hub. */
export class RoomObservers implements Required<RoomObserver> {
  readonly #observers = new Set<RoomObserver>();
  readonly #failed: (error: unknown) => void;

  /** @param failed told what an observer threw */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** @returns how to stop listening */
  add(observer: RoomObserver): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  created(room: string): void {
    for (const one of this.#observers) this.#tell(() => one.created?.(room));
  }

  joined(room: string, connection: Connection): void {
    for (const one of this.#observers) this.#tell(() => one.joined?.(room, connection));
  }

  left(room: string, connection: Connection): void {
    for (const one of this.#observers) this.#tell(() => one.left?.(room, connection));
  }

  emptied(room: string): void {
    for (const one of this.#observers) this.#tell(() => one.emptied?.(room));
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(error);
    }
  }
}
