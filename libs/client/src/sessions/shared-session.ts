import { connect, type ClientHttp2Session } from 'node:http2';
import type { SessionSettings } from './session-options.js';

/**
 * A session that WebSockets share. It is asked whether its server is there whenever one joins, and ends
 * behind the last one.
 */
export class SharedSession {
  readonly session: ClientHttp2Session;
  readonly #settings: SessionSettings;
  #held = 0;
  #unanswered: NodeJS.Timeout | undefined;

  /** @throws what `connect` of `node:http2` throws for its options */
  constructor(origin: string, settings: SessionSettings) {
    const { windowSize, sessionWindowSize } = settings;
    this.#settings = settings;
    const session = connect(origin, {
      ...settings.connect,
      settings: { initialWindowSize: windowSize, ...settings.connect.settings },
    });
    this.session = session;
    // Each WebSocket hears of it by itself.
    session.on('error', () => {});
    session.once('close', () => clearTimeout(this.#unanswered));
    session.once('connect', () => {
      session.setLocalWindowSize(sessionWindowSize);
      this.#ping();
    });
    this.#expectAnswer();
  }

  /** Whether one more may join. */
  get hasRoom(): boolean {
    const { closed, destroyed, remoteSettings } = this.session;
    // The settings of a session that has yet to connect are not known.
    const most = remoteSettings?.maxConcurrentStreams ?? Infinity;
    return !closed && !destroyed && this.#held < Math.min(this.#settings.maxPerSession, most);
  }

  join(): void {
    const isNew = this.#held === 0;
    this.#held += 1;
    if (isNew || this.#unanswered !== undefined) return;
    this.#expectAnswer();
    this.#ping();
  }

  /** @param clean whether both ends know that it has ended */
  leave(clean: boolean): void {
    this.#held -= 1;
    if (this.#held > 0) return;
    // A server that is gone would never take the last bytes.
    if (clean) this.session.close();
    else this.session.destroy();
  }

  #expectAnswer(): void {
    this.#unanswered = setTimeout(() => this.session.destroy(), this.#settings.answerTimeout);
    this.#unanswered.unref();
  }

  #ping(): void {
    // What is not sent at all is a session that ends.
    this.session.ping(() => {
      clearTimeout(this.#unanswered);
      this.#unanswered = undefined;
    });
  }
}
