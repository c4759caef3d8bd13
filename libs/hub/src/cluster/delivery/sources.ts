import { GenerationMap } from '../../support/generation-map.js';
import { RecentSeqs } from './recent-seqs.js';
import type { Repair } from './repair.js';

/** Pairs of a publisher and a channel whose last number is kept, of all publishers together. */
const MAX_CHAINS = 100_000;
/** Publishers that are remembered, those that are gone included: one may come back from a partition. */
const MAX_SOURCES = 1_024;
/** Chains one publisher has a right to, however many there are. */
const MIN_CHAINS = 1_000;

/** How far a channel of one publisher has been received. */
interface Chain {
  /** Number of the last broadcast. */
  last: number;
  /** It was sent later than this. */
  at: number;
  /** Whether the channel is received since: a hole behind it means something. */
  live: boolean;
  /** Number of the one that went there before the first that came; 0 when that has come, or is announced. */
  unknown: number;
}

/** A node that publishes, as its receivers know it. */
export class Source {
  readonly recent = new RecentSeqs();
  readonly chains: GenerationMap<Chain>;
  /** The highest number that was delivered, or known when it was first heard of. */
  highest = 0;
  /** The last that came was sent later than this. */
  heardAt: number;
  /** While a hole is being filled from its log. */
  repair: Repair | undefined = undefined;
  /** Since the link was down: its highest number then, until it has said what it has sent meanwhile. */
  unsure: number | undefined = undefined;

  constructor(
    readonly node: string,
    readonly listening: number,
    limit: () => number,
  ) {
    this.heardAt = listening;
    this.chains = new GenerationMap<Chain>(limit);
  }

  /** Number of the last one that came by a channel; undefined while none has since it is received. */
  last(channel: string): number | undefined {
    const chain = this.chains.get(channel);
    return chain?.live === true ? chain.last : undefined;
  }

  /** What is missing of a channel was sent later than this. */
  since(channel: string): number {
    return this.chains.get(channel)?.at ?? this.listening;
  }

  /** Up to which number nothing of a channel is delivered any more; 0 while nothing has come by it. */
  done(channel: string): number {
    return this.chains.get(channel)?.last ?? 0;
  }

  /** The first has come by a channel, and something may have gone there before it. */
  begun(channel: string, prev: number): void {
    const chain = this.chains.get(channel);
    if (chain !== undefined) chain.unknown = prev;
  }

  advance(channel: string, seq: number, now: number): void {
    const chain = this.chains.get(channel);
    if (chain === undefined) {
      this.chains.set(channel, { last: seq, at: now, live: true, unknown: 0 });
    } else if (seq > chain.last) {
      chain.last = seq;
      chain.at = now;
      chain.live = true;
    }
  }
}

/** All publishers that were heard of. */
export class Sources implements Iterable<Source> {
  readonly #byNode = new Map<string, Source>();
  readonly #alive: (node: string) => boolean;
  readonly #listening: number;
  #evicted = 0;

  /**
   * @param alive whether a node is known to be there: those are never forgotten
   * @param listening since when this node listens: of what nobody has heard anything, more is not known
   */
  constructor(alive: (node: string) => boolean, listening: number) {
    this.#alive = alive;
    this.#listening = listening;
  }

  /** Chains that were forgotten: a hole in one of them is not found. */
  get evicted(): number {
    let evicted = this.#evicted;
    for (const { chains } of this) evicted += chains.evicted;
    return evicted;
  }

  get(node: string): Source | undefined {
    return this.#byNode.get(node);
  }

  /** @returns undefined when there are as many already as there may be */
  add(node: string): Source | undefined {
    if (this.#byNode.size >= MAX_SOURCES && !this.#evictOldest()) return undefined;
    const source = new Source(node, this.#listening, () =>
      Math.max(MIN_CHAINS, MAX_CHAINS / this.#byNode.size),
    );
    this.#byNode.set(node, source);
    return source;
  }

  /** What comes by the channel is not received any more: holes in it mean nothing. */
  dropChannel(channel: string): void {
    for (const { chains } of this) {
      const chain = chains.get(channel);
      // Its number stays: what was delivered may be sent again, and somebody may come back.
      if (chain !== undefined) chain.live = false;
    }
  }

  [Symbol.iterator](): IterableIterator<Source> {
    return this.#byNode.values();
  }

  #evictOldest(): boolean {
    let oldest: Source | undefined;
    for (const source of this) {
      if (this.#alive(source.node) || source.repair !== undefined) continue;
      if (oldest === undefined || source.heardAt < oldest.heardAt) oldest = source;
    }
    if (oldest === undefined) return false;
    this.#evicted += oldest.chains.evicted + oldest.chains.size;
    return this.#byNode.delete(oldest.node);
  }
}
