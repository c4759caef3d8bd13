import { connect, type Client } from 'nestwire/client';
import type { Board, Card } from '../../board.contract.js';

interface Silent {
  calls: { clear(): void };
}

export async function wrong(card: Card, silent: Client<Silent>): Promise<void> {
  const board = connect<Board>('/board');
  await board.call('mvoe', { id: '1', to: 2 });
  await board.call('move', { id: 1, to: 2 });
  await board.call('move');
  await board.call('clear', { id: '1' });
  await board.call('ticks', { every: 1 });
  await board.call('move', { id: '1', to: 2 }, { timout: 1 });
  const answer: string = await board.call('move', { id: '1', to: 2 });
  await board.send('moved', card);
  const sent: boolean = board.send('move', { id: '1', to: 2 });
  board.on('movd', () => [answer, sent]);
  board.on('moved', (text: string) => text);
  board.on('invitation', () => {});
  const { tilte } = await board.once('moved');
  board.onAsk('confrim', () => true);
  board.onAsk('confirm', () => 'yes');
  board.onAsk('confirm', ({ crad }) => crad);
  board.stream('move', { id: '1', to: 2 });
  board.stream('ticks', { every: '1' });
  board.stream('ticks', { every: 1 }, { resume: (last) => ({ evry: last }) });
  for await (const tick of board.stream('ticks', { every: 1 })) tick.toUpperCase();
  silent.on('moved', () => tilte);
  silent.stream('ticks', 1);
}
