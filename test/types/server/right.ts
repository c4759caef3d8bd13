import type { Observable } from 'rxjs';
import {
  contract,
  MessageBody,
  OnConnect,
  WsGateway,
  type Broadcaster,
  type Connection,
  type ConnectionRegistry,
  type History,
  type Hub,
  type Mailbox,
  type Presence,
  type Rooms,
} from 'nestwire';
import type { Board, Card } from '../board.contract.js';

const { OnMessage } = contract<Board>();

@WsGateway('/board')
export class Right {
  constructor(
    private readonly rooms: Rooms<Board>,
    private readonly broadcaster: Broadcaster<Board>,
    private readonly history: History<Board>,
    private readonly mailbox: Mailbox<Board>,
    private readonly presence: Presence<Board>,
    private readonly registry: ConnectionRegistry<Board>,
  ) {}

  @OnConnect()
  async enter(connection: Connection<Board>): Promise<boolean> {
    connection.data.opened += 1;
    connection.send('cleared');
    connection.send('cleared', undefined, { compress: false });
    this.rooms.join(connection, 'lobby');
    await this.presence.track(connection, 'lobby', { name: connection.user.name });
    const names = (await this.presence.people('lobby')).map(({ meta }) => meta.name);
    await this.mailbox.send('ada', 'invitation', { from: names.join() });
    connection.user = undefined;
    return connection.request('confirm', { card: '1' });
  }

  @OnMessage('move')
  async move(@MessageBody() { id }: { id: string; to: number }): Promise<Card> {
    const card = { id, title: '' };
    this.broadcaster.toAll().send('moved', card);
    await this.history.publish('lobby', 'moved', card);
    this.registry.findAll((one) => one.data.opened > 1).forEach((one) => one.send('moved', card));
    const { answers } = await this.rooms.to('lobby').request('confirm', { card: id });
    return answers.every(({ data }) => data) ? card : { ...card, title: 'no' };
  }

  @OnMessage('clear')
  clear(): void {}

  @OnMessage('ticks')
  async *ticks(): AsyncGenerator<number> {
    yield 1;
  }
}

export class AlsoRight {
  @OnMessage('ticks')
  observed(): Observable<number> {
    throw new Error('never called');
  }

  @OnMessage('move', { timeout: 1 })
  soon(): Card {
    return { id: '', title: '' };
  }

  @OnMessage()
  rest(): unknown {
    return undefined;
  }
}

/** Without a contract, with one for `data` alone, and both together. */
export function untyped(
  hub: Hub,
  plain: Connection,
  seat: Connection<{ data: { seat: 1 } }>,
): void {
  plain.send('anything', { at: 1 });
  seat.send('anything', seat.data.seat);
  hub.rooms.join(seat, 'lobby');
  hub.rooms.to('lobby').except(plain, seat).send('anything', 1);
}
