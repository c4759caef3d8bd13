import { nameOf, tokenOf } from './token.js';

/** Subjects and streams of one application: `nw.<app>.…` and `NW_<app>_…`. */
export class Subjects {
  readonly #prefix: string;
  readonly #app: string;

  /** @param app one token */
  constructor(app: string) {
    this.#app = app;
    this.#prefix = `nw.${app}`;
  }

  stream(name: 'LOG' | 'HISTORY' | 'MAILBOX' | 'MAIL'): string {
    return `NW_${this.#app}_${name}`;
  }

  /** Whether it is one of this application's own. */
  has(subject: string): boolean {
    return subject.startsWith(`${this.#prefix}.`);
  }

  /** Everything under one of the letters below. */
  all(letter: 'l' | 'h' | 'i' | 'b' | 'f'): string {
    return `${this.#prefix}.${letter}.>`;
  }

  /** A message of a node to a channel, which a stream keeps (l) or not (c). */
  message(node: string, channel: string, log: boolean): string {
    return `${this.#prefix}.${log ? 'l' : 'c'}.${node}.${channelTokens(channel)}`;
  }

  /** Messages of all nodes to a channel. */
  channel(channel: string): string {
    return `${this.#prefix}.*.*.${channelTokens(channel)}`;
  }

  /** What a node has logged. */
  log(node: string): string {
    return `${this.#prefix}.l.${node}.>`;
  }

  /** The channel of a message's subject. */
  channelOf(subject: string): string {
    const [kind = '', token = ''] = subject.slice(this.#prefix.length).split('.').slice(3);
    return kind === 'x' ? nameOf(token) : `${kind}:${nameOf(token)}`;
  }

  /** What a node sends to itself. */
  probe(node: string): string {
    return `${this.#prefix}.p.${node}`;
  }

  /** Where the messages of a room are kept. */
  history(room: string): string {
    return `${this.#prefix}.h.${tokenOf(room)}`;
  }

  /** Where they are heard once they are kept. */
  feed(room: string): string {
    return `${this.#prefix}.f.${tokenOf(room)}`;
  }

  /** What waits for a user: its numbers. */
  mailIndex(userId: string): string {
    return `${this.#prefix}.i.${tokenOf(userId)}`;
  }

  /** What waits for a user: its bodies. */
  mailBody(userId: string): string {
    return `${this.#prefix}.b.${tokenOf(userId)}`;
  }
}

function channelTokens(channel: string): string {
  return /^[a-z]:/.test(channel) && channel[0] !== 'x'
    ? `${channel[0]}.${tokenOf(channel.slice(2))}`
    : `x.${tokenOf(channel)}`;
}
