import { UsageError } from '#engine';
import type { BrokerHost } from '#hub';
import { refused } from '../client/reply-error.js';
import type { Connect, RedisConnection } from '../client/redis-connection.js';
import type { Names } from '../names/names.js';
import type { Script } from '../script/script.js';
import { GENERATION, readGeneration } from './generation.js';
import type { Publisher } from './publish.js';
import { RedisLink } from './redis-link.js';
import { RedisSession } from './redis-session.js';
import { checkMaster, checkServer, serverInfo } from './server-info.js';

/** Milliseconds until a session is open; a little less than the hub waits. */
const OPEN_TIME = 1_900;

/** What is needed for a session. */
interface SessionOptions {
  readonly connect: Connect;
  /** What is connected to, for messages; without a password. */
  readonly where: string;
  readonly app: string;
  readonly names: Names;
  readonly host: BrokerHost;
  readonly publisher: Publisher;
  readonly maxMessage: number;
  /** Those the stores run. */
  readonly scripts: readonly Script[];
  /** A message on a channel of a room's history. */
  readonly history: (channel: string, message: Buffer) => void;
  /** A session is over, by itself or because it was destroyed. */
  readonly ended: (session: RedisSession) => void;
}

/**
 * Connects and looks whether the server is one that serves: a master, the same behind both
 * connections, that takes our commands and sends our messages back.
 * @throws {BrokerUnavailable} as a rejection, within 2 seconds
 */
export async function openSession(options: SessionOptions): Promise<RedisSession> {
  const { where, names } = options;
  const abort = new AbortController();
  const late = setTimeout(
    () => abort.abort(new Error('it has not answered within 2 seconds')),
    OPEN_TIME,
  );
  const aborted = new Promise<never>((_resolve, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason));
  });
  const opening = open(options, abort.signal);
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    abort.abort(error);
    // What comes after the time is up is let go.
    opening.then(
      (session) => session.destroy(),
      () => {},
    );
    // A package that is not installed is no fault of the server.
    throw error instanceof UsageError
      ? error
      : refused(`use Redis at ${where}`, error, names.rights);
  } finally {
    clearTimeout(late);
  }
}

async function open(options: SessionOptions, signal: AbortSignal): Promise<RedisSession> {
  const { connect, app, names, host, publisher, maxMessage, scripts } = options;
  let session: RedisSession | undefined;
  const link = await RedisLink.open(connect, `nw:${app}:${host.node}`, signal, {
    received(channel, message) {
      // Nothing may be thrown into a client: it would lose its place among the server's replies.
      try {
        if (names.isHistoryChannel(channel)) options.history(channel, message);
        else session?.received(channel, message);
      } catch {
        host.ignored?.(channel);
      }
    },
    closed(error) {
      if (session === undefined) return;
      options.ended(session);
      if (session.isHandedOut) host.closed(error);
    },
  });
  signal.addEventListener('abort', () => link.destroy(), { once: true });
  try {
    const info = await link.ask(serverInfo);
    const other = await link.askOther(serverInfo);
    checkServer(info);
    if (other.runId !== info.runId) throw new Error('its two connections lead to two servers');
    await link.ask(checkMaster);
    await link.ask((commands) => load(commands, [GENERATION, ...scripts]));
    const generation = await link.ask((commands) =>
      readGeneration(commands, names.generation, info.runId),
    );
    session = new RedisSession(
      { link, names, host, publisher, maxMessage, ended: options.ended },
      generation,
    );
    await session.start();
    return session;
  } catch (error) {
    link.destroy();
    throw error;
  }
}

async function load(commands: RedisConnection, scripts: readonly Script[]): Promise<void> {
  await Promise.all(scripts.map(({ source }) => commands.command(['SCRIPT', 'LOAD', source])));
}
