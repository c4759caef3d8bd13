import type { ClientHttp2Session } from 'node:http2';

type Told = (error: Error | null) => void;

const asking = new WeakMap<ClientHttp2Session, Told[]>();

/**
 * Calls back once the settings of the server are known: they come before its answer to a ping. There is one
 * ping for all who wait, for a session has few under way. Of a session that ends before, nothing is told.
 */
export function onSettings(session: ClientHttp2Session, told: Told): void {
  const others = asking.get(session);
  if (others !== undefined) {
    others.push(told);
    return;
  }
  const all = [told];
  asking.set(session, all);
  const tell: Told = (error) => {
    asking.delete(session);
    for (const one of all) one(error);
  };
  const ping = (): void => {
    try {
      session.ping(tell);
    } catch (error) {
      tell(error as Error);
    }
  };
  if (session.connecting) session.once('connect', ping);
  else ping();
}
