interface Target {
  addEventListener?(event: string, listener: () => void, options: object): void;
  readonly visibilityState?: string;
}

interface Global extends Target {
  readonly document?: Target;
  readonly navigator?: { readonly onLine?: boolean };
}

/** Hears that the page is seen again, or the network back. Where there is neither, nothing. */
export function onWake(wake: () => void, signal: AbortSignal): void {
  const page = globalThis as Global;
  const { document } = page;
  for (const event of ['online', 'offline', 'pageshow']) {
    page.addEventListener?.(event, wake, { signal });
  }
  const seen = (): void => {
    if (document?.visibilityState === 'visible') wake();
  };
  document?.addEventListener?.('visibilitychange', seen, { signal });
}

/** Whether the platform knows that there is no network. */
export function isOffline(): boolean {
  return (globalThis as Global).navigator?.onLine === false;
}
