import type { Off } from '../support/off.js';

interface Target {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
  readonly visibilityState?: string;
}

interface Global extends Target {
  readonly document?: Target;
  readonly navigator?: { readonly onLine?: boolean };
}

/** Hears that the page is seen again, or the network back. Where there is neither, nothing. */
export function onWake(wake: () => void): Off {
  const page = globalThis as Global;
  const seen = (): void => {
    if (page.document?.visibilityState === 'visible') wake();
  };
  const pairs: [Target | undefined, string, () => void][] = [
    [page, 'online', wake],
    [page, 'offline', wake],
    [page, 'pageshow', wake],
    [page.document, 'visibilitychange', seen],
  ];
  for (const [target, event, listener] of pairs) target?.addEventListener?.(event, listener);
  return () => {
    for (const [target, event, listener] of pairs) target?.removeEventListener?.(event, listener);
  };
}

/** Whether the platform knows that there is no network. */
export function isOffline(): boolean {
  return (globalThis as Global).navigator?.onLine === false;
}
