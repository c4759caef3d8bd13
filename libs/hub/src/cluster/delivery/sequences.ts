import { GenerationMap } from '../../support/generation-map.js';

/** Channels whose last number is kept. One that was forgotten begins anew: a hole before it is not found. */
const MAX_CHANNELS = 100_000;

/** Numbers the broadcasts of this node, from 1, and knows for each channel which came before. */
export class Sequences {
  readonly #lasts = new GenerationMap<number>(() => MAX_CHANNELS);
  #seq = 0;

  /** Of the last broadcast. */
  get seq(): number {
    return this.#seq;
  }

  /** @returns the number of a new one, and for each channel the one that went there before, or 0 */
  next(channels: readonly string[]): { readonly seq: number; readonly prevs: readonly number[] } {
    const seq = ++this.#seq;
    const prevs = channels.map((channel) => {
      const prev = this.#lasts.get(channel) ?? 0;
      this.#lasts.set(channel, seq);
      return prev;
    });
    return { seq, prevs };
  }

  /** The last number of each channel that something behind `seq` went to. */
  *since(seq: number): Generator<readonly [channel: string, seq: number]> {
    for (const entry of this.#lasts) if (entry[1] > seq) yield entry;
  }
}
