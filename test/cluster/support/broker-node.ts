import { randomBytes } from 'node:crypto';
import type { Broker, BrokerHost, BrokerSession, Outgoing } from '#hub';

/** One node on a broker, as a hub would use it: what it received, and how its session ended. */
export class BrokerNode implements BrokerHost {
  readonly node = randomBytes(8).toString('hex');
  readonly broker: Broker;
  readonly messages: { readonly channel: string; readonly text: string }[] = [];
  readonly ends: Error[] = [];
  readonly ignoredOn: string[] = [];
  readonly unloggedFor: Error[] = [];
  unloggedCount = 0;
  #session: BrokerSession | undefined;
  #seq = 0;
  #waiting: (() => void)[] = [];

  constructor(broker: Broker) {
    this.broker = broker;
  }

  get session(): BrokerSession {
    if (this.#session === undefined) throw new Error('The node has no session');
    return this.#session;
  }

  get history() {
    if (this.broker.history === undefined) throw new Error('The broker has no history');
    return this.broker.history;
  }

  get mailbox() {
    if (this.broker.mailbox === undefined) throw new Error('The broker has no mailbox');
    return this.broker.mailbox;
  }

  async open(): Promise<this> {
    this.#session = await this.broker.open(this);
    return this;
  }

  /** Opens as soon as it goes. @returns milliseconds it took */
  async reopen(attempts = 100): Promise<number> {
    const start = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.open();
        return performance.now() - start;
      } catch (error) {
        if (attempt >= attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async close(): Promise<void> {
    this.#session?.destroy();
    await this.broker.close?.();
  }

  /** Publishes texts to channels, one number for each. */
  async send(texts: readonly (readonly [channel: string, text: string])[], log = false) {
    const batch = texts.map(([channel, text]): Outgoing => {
      return { channel, message: Buffer.from(text), seq: ++this.#seq, copy: 0 };
    });
    await this.session.send(batch, log);
    return batch;
  }

  texts(channel?: string): string[] {
    return this.messages
      .filter((one) => channel === undefined || one.channel === channel)
      .map(({ text }) => text);
  }

  /** Settles when it holds, looked at with everything that happens. */
  async until(condition: () => boolean, milliseconds = 5_000): Promise<void> {
    const late = performance.now() + milliseconds;
    while (!condition()) {
      if (performance.now() > late)
        throw new Error(`Not so within ${milliseconds} ms: ${String(condition)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  received(channel: string, message: Uint8Array): void {
    this.messages.push({ channel, text: Buffer.from(message).toString() });
    this.#happened();
  }

  closed(error: Error): void {
    this.ends.push(error);
    this.#happened();
  }

  unlogged(messages: number, error: Error): void {
    this.unloggedCount += messages;
    this.unloggedFor.push(error);
    this.#happened();
  }

  ignored(channel: string): void {
    this.ignoredOn.push(channel);
    this.#happened();
  }

  #happened(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
