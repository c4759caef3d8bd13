import type { SessionSettings } from './session-options.js';
import { SharedSession } from './shared-session.js';

/** The sessions of one set of options, by the server they lead to. */
export class SessionPool {
  readonly #settings: SessionSettings;
  readonly #byOrigin = new Map<string, Set<SharedSession>>();

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** One that may be joined, opened where there is none. */
  for({ protocol, host }: URL): SharedSession {
    const secure = protocol === 'wss:' || protocol === 'https:';
    const origin = `${secure ? 'https' : 'http'}://${host}`;
    const known = this.#byOrigin.get(origin) ?? new Set();
    for (const one of known) if (one.hasRoom) return one;
    const opened = new SharedSession(origin, this.#settings);
    this.#byOrigin.set(origin, known.add(opened));
    opened.session.once('close', () => {
      known.delete(opened);
      if (known.size === 0) this.#byOrigin.delete(origin);
    });
    return opened;
  }
}
