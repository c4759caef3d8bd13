import type { Page, WebSocketRoute } from 'playwright-core';

/** The uploads of a page, none of which comes to its end. */
interface HeldUploads {
  readonly goOn: () => void;
  /** Cuts the connection they are on. */
  readonly cut: () => Promise<void>;
}

/**
 * Keeps the uploads of a page in their middle: of each the server lets some come, however much it asks for at a
 * time, and no more until `goOn`. The page has to be loaded after it.
 */
export async function holdUploads(page: Page, path: RegExp): Promise<HeldUploads> {
  let isHeld = true;
  let socket: WebSocketRoute | undefined;
  const kept: (() => void)[] = [];
  const begun = new Set<string>();
  /** Whether it lets an upload go further that has come some way. */
  const goesOn = (message: string): boolean => {
    const [, token = '', received = 0] =
      /"\$upload".*"upload":"(\w+)","received":(\d+)/.exec(message) ?? [];
    if (Number(received) === 0) return false;
    const isSecond = begun.has(token);
    begun.add(token);
    return isSecond;
  };
  await page.routeWebSocket(path, (route) => {
    socket = route;
    route.connectToServer().onMessage((message) => {
      if (goesOn(String(message)) && isHeld) kept.push(() => route.send(message));
      else route.send(message);
    });
  });
  return {
    goOn: () => {
      isHeld = false;
      for (const send of kept.splice(0)) send();
    },
    cut: async () => socket?.close({ code: 4000 }),
  };
}
