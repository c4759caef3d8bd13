import type { ClientHttp2Session } from 'node:http2';

/** Told that its session ends. @param error when it broke */
type SessionEnded = (error?: Error) => void;

const waiting = new WeakMap<ClientHttp2Session, Set<SessionEnded>>();

/**
 * Tells of the end of a session by one listener for all: hundreds may wait for their answers on one.
 * @returns how to hear no more of it
 */
export function onSessionEnd(session: ClientHttp2Session, ended: SessionEnded): () => void {
  let all = waiting.get(session);
  if (all === undefined) {
    const told = new Set<SessionEnded>();
    all = told;
    waiting.set(session, told);
    session.on('close', () => tell(told));
    session.on('error', (error: Error) => tell(told, error));
  }
  all.add(ended);
  return () => void all.delete(ended);
}

function tell(all: Set<SessionEnded>, error?: Error): void {
  for (const ended of all) ended(error);
}
