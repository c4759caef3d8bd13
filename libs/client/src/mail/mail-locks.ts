/** The part of `navigator.locks` by which the tabs of a browser take turns. */
export interface MailLocks {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    held: (lock: unknown) => unknown,
  ): Promise<unknown>;
}

/** One of several that would do the same. */
export interface Turn {
  /** Whether another one had it before. */
  readonly waited: boolean;
  end(): void;
}

/** Browsers have it in pages and workers of secure origins. */
export function platformLocks(): MailLocks | undefined {
  return (globalThis as { navigator?: { locks?: MailLocks } }).navigator?.locks;
}

/**
 * Waits until no other tab has the lock.
 * @param waits told when one has
 * @returns undefined when the signal aborted before
 */
export function takeTurn(
  locks: MailLocks,
  name: string,
  signal: AbortSignal,
  waits: () => void,
): Promise<Turn | undefined> {
  return new Promise((resolve) => {
    const hold = (waited: boolean): Promise<void> | undefined => {
      if (signal.aborted) return undefined;
      return new Promise<void>((end) => resolve({ waited, end }));
    };
    const ask = async (): Promise<void> => {
      let taken = false;
      await locks.request(name, { ifAvailable: true }, (lock) => {
        taken = lock !== null;
        return taken ? hold(false) : undefined;
      });
      if (taken) return;
      if (!signal.aborted) {
        waits();
        await locks.request(name, { signal }, () => hold(true));
      }
    };
    // Aborted; or a page whose origin has no locks: it is alone.
    const over = (): void => resolve(signal.aborted ? undefined : { waited: true, end() {} });
    ask().then(over, over);
  });
}
