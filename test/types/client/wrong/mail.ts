import { connect, connectLean, onMail } from 'nestwire/client';
import type { Board } from '../../board.contract.js';

export function wrong(): void {
  const board = connect<Board>('/board');
  board.onMail('invitatoin', () => {});
  board.onMail('moved', () => {});
  board.onMail('invitation', ({ form }) => form);
  board.onMail('invitation', () => {}, { attemps: 1 });
  board.onMail('invitation', () => {}, { locks: true });
  board.onMail('invitation', (_data, { mail }) => void mail.toFixed());
  onMail(connectLean<Board>('/board'), 'invitatoin', () => {});
}
