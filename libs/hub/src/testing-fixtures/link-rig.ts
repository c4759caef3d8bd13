import { afterEach, beforeEach, expect } from '@jest/globals';
import type { BrokerSession } from '../broker/broker.js';
import type { DropReason, LinkHost, LinkOptions, OutboxEntry } from '../cluster/link/link-host.js';
import { Link } from '../cluster/link/link.js';
import { FakeClock } from './fake-clock.js';
import { ScriptedBroker } from './scripted-broker.js';

/** Remembers what a link told it, as short texts. */
export class RecordingHost implements LinkHost {
  readonly node = '00000000000000aa';
  readonly told: string[] = [];
  readonly drops: [DropReason, string[]][] = [];
  readonly reports: unknown[] = [];
  opening: (session: BrokerSession) => Promise<void> = () => Promise.resolve();
  receiving: (() => void) | undefined;

  received(channel: string, message: Uint8Array): void {
    this.told.push(`${channel}=${Buffer.from(message).toString()}`);
    this.receiving?.();
  }

  opened(session: BrokerSession, about: { generation: string; changed: boolean }): Promise<void> {
    this.told.push(`opened ${about.generation}${about.changed ? ' changed' : ''}`);
    return this.opening(session);
  }

  up(): void {
    this.told.push('up');
  }

  down(error: Error): void {
    this.told.push(`down: ${error.message}`);
  }

  dropped(entries: readonly OutboxEntry[], reason: DropReason): void {
    this.drops.push([reason, entries.map(textOf)]);
  }

  unsubscribed(channel: string): void {
    this.told.push(`unsubscribed ${channel}`);
  }

  report(error: unknown): void {
    this.reports.push(error);
  }
}

export function textOf({ outgoing }: OutboxEntry): string {
  return outgoing.map(({ message }) => Buffer.from(message).toString()).join('+');
}

/** Links of one test over one scripted broker and one clock. */
export class LinkRig {
  readonly clock = new FakeClock();
  readonly broker = new ScriptedBroker();
  readonly host = new RecordingHost();
  readonly #links: Link[] = [];
  readonly #unhandled: unknown[] = [];
  readonly #remember = (reason: unknown): void => void this.#unhandled.push(reason);
  #seq = 0;

  constructor() {
    process.on('unhandledRejection', this.#remember);
  }

  link(options: Partial<LinkOptions> = {}): Link {
    const { broker, host, clock } = this;
    const link = new Link(broker, host, { delivery: 'at-most-once', clock, ...options });
    this.#links.push(link);
    return link;
  }

  /** A link that is up and lets messages flow. */
  async flowing(options: Partial<LinkOptions> = {}): Promise<Link> {
    const link = this.link(options);
    void link.start();
    await this.clock.advance(250);
    expect(link.state).toBe('up');
    return link;
  }

  entry(text: string, { log = false, at = this.clock.now() } = {}): OutboxEntry {
    const message = Buffer.from(text);
    const outgoing = [{ channel: 'r:room', message, seq: ++this.#seq, copy: 0 }];
    return { outgoing, log, bytes: message.length, at };
  }

  /** After each test: links end, and leave nothing behind. */
  async end(): Promise<void> {
    for (const link of this.#links) {
      const stopped = link.stop();
      await this.clock.advance(3_000);
      await stopped;
    }
    process.off('unhandledRejection', this.#remember);
    expect(this.#unhandled).toEqual([]);
    expect(this.clock.timers).toBe(0);
  }
}

/** One rig for each test of a file. */
export function linkRig(): () => LinkRig {
  let rig: LinkRig;
  beforeEach(() => {
    rig = new LinkRig();
  });
  afterEach(() => rig.end());
  return () => rig;
}
