import { connectLean, once, onFrame, presence, room, type Client } from 'nestwire/client';
import type { Board } from '../../board.contract.js';

export async function wrong(board: Client<Board>): Promise<void> {
  const lobby = board.room('lobby');
  lobby.on('movd', () => {});
  lobby.on('moved', ({ tilte }) => tilte);
  lobby.position = undefined;
  const { count } = await lobby.join({ timeout: 1 });
  String(presence(lobby).people.get('ada')?.meta.nmae);
  presence(lobby).people.set('ada', count);
  presence('lobby');
  board.room(7);
  const lean = connectLean<Board>('/board');
  lean.room('lobby');
  lean.once('moved');
  await once(lean, 'movd');
  room(lean, 'lobby').on('invitation', () => {});
  onFrame(lean, (frame, direction) => direction === 'both' && frame);
  onFrame(lean, (frame) => (frame.event = 'other'));
}
