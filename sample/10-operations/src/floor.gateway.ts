import { setTimeout as wait } from 'node:timers/promises';
import {
  ConnectedSocket,
  History,
  MessageBody,
  OnConnect,
  OnMessage,
  RateLimit,
  Rooms,
  WsGateway,
  type Connection,
} from 'nestwire';
import { SayDto } from './say.dto.js';

const FLOOR = 'floor';
/** Enough that a client which does not read is soon behind. */
const PALLET = 'x'.repeat(64 * 1024);

/** Does what an operator wants to see: work that is quick, slow, wrong and too much. */
@WsGateway('/floor/:hall')
export class FloorGateway {
  constructor(
    private readonly rooms: Rooms,
    private readonly history: History,
  ) {}

  @OnConnect()
  async enter(@ConnectedSocket() connection: Connection): Promise<void> {
    await this.history.join(connection, FLOOR, { latest: 10 });
  }

  @OnMessage('say')
  async say(@MessageBody() { text }: SayDto): Promise<void> {
    await this.history.publish(FLOOR, 'said', text);
  }

  @OnMessage('think')
  async think(): Promise<string> {
    await wait(250);
    return 'done';
  }

  @OnMessage('break')
  break(): never {
    throw new Error('A machine is broken');
  }

  @RateLimit({ messages: 3, per: 10_000 })
  @OnMessage('press')
  press(): string {
    return 'pressed';
  }

  /** To everybody in the hall, or to none who is behind. */
  @OnMessage('load')
  load(@MessageBody() { droppable = false }: { droppable?: boolean }): void {
    this.rooms.to(FLOOR).send('pallet', PALLET, droppable ? { policy: 'drop-new' } : {});
  }
}
