import { randomBytes } from 'node:crypto';
import {
  messageTooLong,
  type BrokerHost,
  type BrokerSession,
  type Logged,
  type LogLimit,
  type Outgoing,
} from '#hub';
import { replyText } from '../client/reply-text.js';
import { refused, replyCode } from '../client/reply-error.js';
import type { RedisConnection, Word } from '../client/redis-connection.js';
import type { Names } from '../names/names.js';
import type { Script } from '../script/script.js';
import type { Generation } from './generation.js';
import type { Publisher } from './publish.js';
import { readLog } from './read-log.js';
import type { RedisLink } from './redis-link.js';

/** Milliseconds what a probe writes is kept. */
const PROBE_TIME = 10_000;

/** What a session needs to know. */
interface SessionParts {
  readonly link: RedisLink;
  readonly names: Names;
  readonly host: BrokerHost;
  readonly publisher: Publisher;
  readonly maxMessage: number;
  readonly ended: (session: RedisSession) => void;
}

/** One session with one server, and what the stores ask it. */
export class RedisSession implements BrokerSession {
  readonly generation: string;
  readonly #stored: string;
  readonly #parts: SessionParts;
  readonly #probeChannel: string;
  /** Probes under way; another session's are none of ours. */
  readonly #echoes = new Map<string, () => void>();
  readonly #id = randomBytes(4).toString('hex');
  #probes = 0;
  #isHandedOut = false;

  constructor(parts: SessionParts, { value, stored }: Generation) {
    this.generation = value;
    this.#stored = stored;
    this.#parts = parts;
    this.#probeChannel = parts.names.probe(parts.host.node);
  }

  /** Makes its probes possible, and tries one. @throws as a rejection, as `probe` does */
  async start(): Promise<void> {
    await this.#parts.link.subscribe([this.#probeChannel]);
    await this.#tryProbe();
  }

  /** Whether its end is told to the host: not before the host has it. */
  get isHandedOut(): boolean {
    return this.#isHandedOut;
  }

  /** @throws why it is over already */
  handOut(): void {
    const { lost } = this.#parts.link;
    if (lost !== undefined) throw lost;
    this.#isHandedOut = true;
  }

  async send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    const { link, publisher, maxMessage, host } = this.#parts;
    const long = batch.find(({ message }) => message.length > maxMessage);
    if (long !== undefined) throw messageTooLong(long.message.length, maxMessage);
    if (batch.length === 0) return;
    const unlogged = await this.#try('send to other nodes', () =>
      link.ask((commands) => publisher.publish(commands, batch, log)),
    );
    const [first] = unlogged;
    if (first !== undefined) host.unlogged?.(unlogged.length, first);
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.listen(channels.map((channel) => this.#parts.names.channel(channel)));
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.unlisten(channels.map((channel) => this.#parts.names.channel(channel)));
  }

  async *readLog(node: string, after: number, limit: LogLimit): AsyncGenerator<Logged> {
    try {
      yield* readLog(this.#parts.link, this.#parts.names, node, after, limit);
    } catch (error) {
      throw refused('read the log of a node', error, this.#parts.names.rights);
    }
  }

  probe(): Promise<void> {
    return this.#try('use this Redis any longer', () => this.#tryProbe());
  }

  destroy(): void {
    this.#parts.ended(this);
    this.#parts.link.destroy();
  }

  /** Runs a script of a store. */
  run(script: Script, keys: readonly string[], args: readonly Word[]): Promise<unknown> {
    return this.#parts.link.ask((commands) => script.run(commands, keys, args));
  }

  /** Sends a command of a store. */
  command(words: readonly Word[]): Promise<unknown> {
    return this.#parts.link.ask((commands) => commands.command(words));
  }

  /** @param channels as the server names them */
  listen(channels: readonly string[]): Promise<void> {
    return this.#try('subscribe to channels', () => this.#parts.link.subscribe(channels));
  }

  unlisten(channels: readonly string[]): Promise<void> {
    return this.#try('unsubscribe from channels', () => this.#parts.link.unsubscribe(channels));
  }

  /** A message has come; the history's are not handed over here. */
  received(channel: string, message: Buffer): void {
    const { host, names } = this.#parts;
    if (channel === this.#probeChannel) {
      this.#echoes.get(String(message))?.();
      return;
    }
    const logical = names.logical(channel);
    if (logical !== undefined) host.received(logical, message);
  }

  async #tryProbe(): Promise<void> {
    const { link } = this.#parts;
    const probe = `${this.#id}-${++this.#probes}`;
    // The link gives it up when it does not come, as any answer.
    const echo = link.ask(() => new Promise<void>((resolve) => this.#echoes.set(probe, resolve)));
    const stored = link.ask((commands) => this.#writeProbe(commands, probe));
    const [found] = await Promise.all([stored, echo]).finally(() => this.#echoes.delete(probe));
    if (found !== this.#stored) throw new Error('its data was lost or replaced');
  }

  /** @returns the generation's key as it is now */
  async #writeProbe(commands: RedisConnection, probe: string): Promise<string> {
    const [, stored] = await Promise.all([
      commands
        .command(['SET', this.#probeChannel, probe, 'PX', String(PROBE_TIME)])
        .catch((error: unknown) => {
          // A server that is full still carries messages.
          if (replyCode(error) !== 'OOM') throw error;
        }),
      commands.command(['GET', this.#parts.names.generation]),
      commands.command(['PUBLISH', this.#probeChannel, probe]),
    ]);
    return replyText(stored);
  }

  async #try<Value>(what: string, attempt: () => Promise<Value>): Promise<Value> {
    try {
      return await attempt();
    } catch (error) {
      throw refused(what, error, this.#parts.names.rights);
    }
  }
}
