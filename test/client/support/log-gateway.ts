import { CanJoin, History, MessageBody, OnMessage, WsGateway, type RoomGrant } from 'nestwire';

/** What the gateway of these tests speaks. */
export interface LogContract {
  calls: {
    once(data: { n: number }): number;
    maybe(data: { n: number }): number;
  };
  events: { said: number };
}

/** A room with a short history that never rests, and calls that are counted. */
@WsGateway('/log')
export class LogGateway {
  /** How often each call was handled, by its number. */
  readonly handled = new Map<string, number>();

  constructor(readonly history: History) {}

  @CanJoin()
  mayJoin(): RoomGrant {
    return { latest: 3 };
  }

  @OnMessage('once')
  once(@MessageBody('n') n: number): Promise<number> {
    return this.#count(`once ${n}`, n);
  }

  @OnMessage('maybe')
  maybe(@MessageBody('n') n: number): Promise<number> {
    return this.#count(`maybe ${n}`, n);
  }

  async #count(name: string, n: number): Promise<number> {
    this.handled.set(name, (this.handled.get(name) ?? 0) + 1);
    // So that connections are lost while it is under way, too.
    if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, n % 20));
    return n;
  }
}
