import { once } from 'node:events';
import type { WebSocket } from '../ws/websocket.js';
import type { RawHead, RawPeer } from './raw-peer.js';
import type { RawServer } from './raw-server.js';

/** How the life of a WebSocket went, as its events tell it. */
interface Outcome {
  readonly opened: boolean;
  /** Messages of the errors. */
  readonly errors: string[];
  /** Stable codes of the errors. */
  readonly codes: unknown[];
  readonly close: number;
  readonly reason: string;
  readonly texts: string[];
}

/** Resolves when the WebSocket is closed. */
export async function outcomeOf(ws: WebSocket): Promise<Outcome> {
  const outcome = {
    opened: false,
    errors: [] as string[],
    codes: [] as unknown[],
    texts: [] as string[],
  };
  ws.on('open', () => {
    outcome.opened = true;
  });
  ws.on('message', (data) => outcome.texts.push((data as Buffer).toString()));
  ws.on('error', (error) => {
    outcome.errors.push(error.message);
    outcome.codes.push('code' in error ? error.code : undefined);
  });
  // Not `once`, which an 'error' would reject.
  const [code, reason] = await new Promise<[number, Buffer]>((resolve) => {
    ws.once('close', (...args) => resolve(args));
  });
  return { ...outcome, close: code, reason: reason.toString() };
}

/** Resolves when it is open. @throws what kept it from opening */
export async function opened<Socket extends WebSocket>(ws: Socket): Promise<Socket> {
  await once(ws, 'open');
  return ws;
}

/** The next client of `server`, after it was sent `text` for an answer. */
export async function answer(
  server: RawServer,
  text: string,
): Promise<{ peer: RawPeer; request: RawHead }> {
  const { peer, head } = await server.request();
  peer.write(text);
  return { peer, request: head };
}
