/** What is there of the calls of one owner. */
interface Share {
  /** Under way and kept. */
  calls: number;
  /** Of what is kept. */
  bytes: number;
  /** Scopes of what is kept, the oldest first. */
  readonly kept: Set<string>;
}

/** How much of all that is kept is whose: one client must not make the server forget what others have asked for. */
export class CallShares {
  readonly #shares = new Map<string, Share>();

  get size(): number {
    return this.#shares.size;
  }

  of(owner: string): Readonly<Pick<Share, 'calls' | 'bytes'>> {
    return this.#shares.get(owner) ?? NONE;
  }

  oldest(owner: string): string | undefined {
    return this.#shares.get(owner)?.kept.values().next().value;
  }

  began(owner: string): void {
    const share = this.#shares.get(owner) ?? { calls: 0, bytes: 0, kept: new Set<string>() };
    share.calls++;
    this.#shares.set(owner, share);
  }

  /** A call that is under way is kept from now on. */
  kept(owner: string, scope: string, bytes: number): void {
    const share = this.#shares.get(owner);
    share?.kept.add(scope);
    if (share !== undefined) share.bytes += bytes;
  }

  /** @param scope undefined for a call that was not kept */
  gone(owner: string, scope?: string, bytes = 0): void {
    const share = this.#shares.get(owner);
    if (share === undefined) return;
    share.calls--;
    share.bytes -= bytes;
    if (scope !== undefined) share.kept.delete(scope);
    if (share.calls === 0) this.#shares.delete(owner);
  }
}

const NONE = { calls: 0, bytes: 0 };
