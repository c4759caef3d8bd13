import { connect } from 'nestwire/client';
import type { Board } from '../../board.contract.js';

const snapshot = (): Promise<{ cards: string[]; at: { epoch: string; offset: number } }> =>
  Promise.reject(new Error());

export function wrong(): void {
  const board = connect<Board>('/board');
  board.follow('board', { snapshot, begin: ({ crads }) => crads, apply: {} });
  board.follow('board', { snapshot, begin() {}, apply: { movd: () => {} } });
  board.follow('board', { snapshot, begin() {}, apply: { moved: ({ tilte }) => tilte } });
  board.follow('board', { snapshot, begin() {} });
  board.follow('board', { snapshot, begin() {}, apply: {}, at: ({ cards }) => cards });
  board.follow('board', { snapshot: () => Promise.resolve([1]), begin() {}, apply: {} });
  board.follow('board', { snapshot, begin() {}, apply: {} }).live = true;
}
