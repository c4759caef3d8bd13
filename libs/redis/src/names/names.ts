import { readChannel } from '#hub';
import { escapeName, unescapeName } from './escaped-name.js';

/** Where the channel ends on which a room's history tells what was appended. */
const HISTORY_ENDING = '}:h';

/** Commands by their categories; INFO and ROLE are among the dangerous ones, TIME is in none. */
const RIGHTS =
  '-@all +@read +@write +@pubsub +@scripting +@connection -@dangerous +info +role +time';

/** Keys of one room's history, in the order its scripts take them. */
export type HistoryKeys = readonly [meta: string, list: string, producers: string];

/** Keys of one user's mail, in the order its scripts take them. */
type MailKeys = readonly [mail: string, bytes: string];

/**
 * Keys and channels of one application, all of them `nw:<app>:...`. What belongs to a room or a user
 * has one hash tag, so that a script about it stays within one slot of Redis Cluster.
 */
export class Names {
  /** Of which run and life the server's data is. */
  readonly generation: string;
  /** What a user of the server has to be allowed, as ACL SETUSER takes it. */
  readonly rights: string;
  readonly #prefix: string;

  /** @param app letters, digits, `_` and `-` */
  constructor(app: string) {
    this.#prefix = `nw:${app}:`;
    this.generation = `${this.#prefix}generation`;
    this.rights = `~${this.#prefix}* &${this.#prefix}* ${RIGHTS}`;
  }

  /** What a node writes, and publishes to itself, to see whether it can. */
  probe(node: string): string {
    return `${this.#prefix}probe:${node}`;
  }

  /** Stream of what a node has published for repair. */
  log(node: string): string {
    return `${this.#prefix}log:${node}`;
  }

  /** The channel that carries a logical one. */
  channel(logical: string): string {
    return this.#prefix + this.part(logical);
  }

  /** The logical channel, undefined for a channel of another kind. */
  logical(channel: string): string | undefined {
    return this.ofPart(channel.slice(this.#prefix.length));
  }

  /** A logical channel in bytes UTF-8 has, as logs keep it. */
  part(logical: string): string {
    const { kind, name } = readChannel(logical) ?? {};
    if (kind === 'all') return 'all';
    if (kind === 'node') return logical;
    return `{${logical.slice(0, 2)}${escapeName(name ?? '')}}`;
  }

  /** What `part` was made of, undefined when it was made of nothing of ours. */
  ofPart(part: string): string | undefined {
    if (part === 'all') return 'a';
    if (part.startsWith('n:')) return part;
    if (!/^\{[ru]:[^{}]*\}$/s.test(part)) return undefined;
    return unescapeName(part.slice(1, -1));
  }

  /** What is appended to a room's history is told on it. */
  historyChannel(room: string): string {
    return this.#room(room) + HISTORY_ENDING;
  }

  isHistoryChannel(channel: string): boolean {
    return channel.endsWith(HISTORY_ENDING);
  }

  history(room: string): HistoryKeys {
    const tagged = this.#room(room);
    return [`${tagged}}:m`, `${tagged}}:l`, `${tagged}}:p`];
  }

  /** Remembers what an append with an id of the application became. */
  idempotency(room: string, id: string): string {
    return `${this.#room(room)}}:i:${escapeName(id)}`;
  }

  mail(userId: string): MailKeys {
    const key = `${this.#prefix}{u:${escapeName(userId)}}:mail`;
    return [key, `${key}:bytes`];
  }

  #room(room: string): string {
    return `${this.#prefix}{r:${escapeName(room)}`;
  }
}
