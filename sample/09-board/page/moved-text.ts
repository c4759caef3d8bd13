import type { BoardContract } from '../src/board.contract.js';

/** What is said of a card of mine that somebody else has moved. */
export function movedText({ title, column, by }: BoardContract['mail']['moved']): string {
  return `${by} moved “${title}” to ${column}`;
}
