// A client and a server that keep the contract which was read from the gateways beside this file.
import { contract, type CallAnswer, type CallData, type Connection } from 'nestwire';
import { connect, stream, type StreamItem } from 'nestwire/client';
import type { BoardContract, CardsV2Contract, LateContract, WallContract } from './contract.js';

export async function use(): Promise<void> {
  const board = connect<BoardContract>('wss://example.com/board/1');
  const card = await board.call('move', { id: 'a', colour: 'red' });
  const created: string = card.created;
  const bytes: number[] = card.picture.data;
  const author: string | undefined = card.author?.name;
  const { items, next = 0 } = await board.call('page');
  await board.call('page', { number: next + items.length });
  await board.call('rename', { card: created, at: `${author}${bytes.length}` });
  await board.call('a/b.json', { deep: [{ deeper: null }] });
  const tree = await board.call('tree', 'up');
  const deep: string | undefined = tree.children[0]?.children[0]?.name;
  const level: 0 | 10 | null = await board.call('reply');
  for await (const colour of stream(board, 'replies')) {
    const known: 'green' | 'red' = colour;
    console.log(deep, level, known);
  }

  const { bytes: sent } = await board.upload('picture', new Uint8Array(8), { card: 'a' });
  await board.upload('log', new Uint8Array(sent));

  // @ts-expect-error an upload is no call
  await board.call('picture', { card: 'a' });
  // @ts-expect-error there is no such call
  await board.call('moved', {});
  // @ts-expect-error a colour that there is not
  await board.call('move', { id: 'a', colour: 'blue' });
  // @ts-expect-error a stream is no call
  await board.call('watch');
  // @ts-expect-error what is private is not there
  console.log(card.author?.secret);

  const cards = connect<CardsV2Contract>('wss://example.com/v2/cards');
  const read: CallAnswer<CardsV2Contract, 'read'> = await cards.call('read', { key: 1 });
  console.log(read.items[0]?.tags['a'] satisfies boolean | undefined);
  const late = connect<LateContract>('wss://example.com/late');
  await late.call('late', { id: 'a' });
}

export type Same = [WallContract, BoardContract] extends [BoardContract, WallContract]
  ? true
  : never;
export const same: Same = true;
export const item: StreamItem<BoardContract, 'level'> = 'unknown';

const { OnMessage } = contract<BoardContract>();

export class Server {
  @OnMessage('tree')
  tree(connection: Connection<BoardContract>, order?: CallData<BoardContract, 'tree'>) {
    return { name: `${connection.id}${order}`, children: [] };
  }
}
