import type { Codec } from '../codec.js';
import { jsonCodec } from '../json.codec.js';

/** Codecs one process may know by name: those past it are used, and not known to other nodes. */
const MAX_CODECS = 8;

/**
 * The codecs of a hub by name, in the order they came up; two of one name are one to other nodes. What
 * goes to other nodes, or is kept encoded, is encoded with each of them. Plain JSON is known as long as
 * no other codec is, or none of its name.
 */
export class KnownCodecs implements Iterable<Codec> {
  readonly #byName = new Map<string, Codec>();

  add(codec: Codec): void {
    if (this.#byName.size < MAX_CODECS && !this.#byName.has(codec.name)) {
      this.#byName.set(codec.name, codec);
    }
  }

  /** JSON is always known: whatever is kept or comes from another node has a part of it. */
  get(name: string): Codec | undefined {
    return this.#byName.get(name) ?? (name === jsonCodec.name ? jsonCodec : undefined);
  }

  names(): string[] {
    return Array.from(this, ({ name }) => name);
  }

  [Symbol.iterator](): IterableIterator<Codec> {
    return this.#byName.size === 0 ? [jsonCodec].values() : this.#byName.values();
  }
}
