import { MessageBody, OnMessage, Protocol, WsGateway, type Connection } from 'nestwire';
import type { Card, Page } from './cards.js';

type Class = new (...given: any[]) => object; // oxlint-disable-line typescript/no-explicit-any

/** A mixin: a class that brings a handler of its own to another one. */
function Counting<Base extends Class>(base: Base) {
  class Counted extends base {
    @OnMessage('count')
    count(): number {
      return 0;
    }
  }
  return Counted;
}

abstract class Reading<Item, Key = string> {
  @OnMessage('read')
  read(@MessageBody('key') _key: Key): Promise<Page<Item>> {
    return Promise.reject(new Error('not here'));
  }

  @OnMessage('drop')
  drop(@MessageBody() _key: Key): boolean | Item {
    return true;
  }

  @OnMessage('say')
  say(_connection: Connection, text: string): string {
    return text;
  }
}

class Nothing {
  readonly isEmpty = true;
}

@WsGateway({ path: '/cards', version: ['1', '2'] })
export class CardsGateway extends Counting(Nothing) {
  @OnMessage('own')
  own(): void {}
}

@WsGateway({ path: '/cards', version: '2' })
export class NewCardsGateway extends Reading<Card, number> {
  /** It handles what it overrides, and takes the data as that does. */
  override drop(_key: number): boolean {
    return false;
  }
}

@WsGateway('/cards')
export class OldGateway {
  @Protocol('v1')
  @OnMessage('old')
  first(@MessageBody('a') _a: number): void {}

  @Protocol('v2')
  @OnMessage('old')
  second(@MessageBody('b') _b: number): void {}
}

@WsGateway({ useFactory: () => ({ path: process.env['CHAT_PATH'] ?? '/' }) })
export class LateGateway {
  @OnMessage('late')
  late(@MessageBody() _item: Partial<Card>): void {}
}

@WsGateway()
export abstract class Nobody {
  @OnMessage('nobody')
  nobody(): void {}
}

/** The decorator is inherited, as is the handler. */
export class Somebody extends Nobody {}
