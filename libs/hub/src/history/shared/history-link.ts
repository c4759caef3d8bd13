/** Says when the broker is back: what was missed meanwhile is looked for. */
export interface HistoryLink {
  /** @returns how to stop listening */
  onUp(listener: () => void): () => void;
}
