import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, BrokerHost, BrokerSession, Logged, LogLimit, Outgoing } from '#hub';

/** Milliseconds after which something that should happen has not. */
const PATIENCE = 5_000;
/** More than any test has. */
export const NO_LIMIT: LogLimit = { messages: 100_000, bytes: 256 * 1024 * 1024 };

/** What a contract test needs of a broker. */
export interface BrokerSetup {
  /** A broker of its own for one more node; all reach the same server, as the same application. */
  broker(): Broker | Promise<Broker>;
  /** Ends the server and starts it without anything it had; brokers made before reach the new one. */
  restartEmpty?(): Promise<void>;
  /** After all tests. */
  close?(): void | Promise<void>;
}

export interface Arrived {
  readonly channel: string;
  readonly text: string;
  readonly bytes: Buffer;
}

let names = 0;

/** A name that no other test uses, also on a server that outlives this run. */
export function unique(label = 'name'): string {
  return `${label}-${process.pid}-${Date.now()}-${++names}`;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function message(channel: string, text: string, seq = 0, copy = 0): Outgoing {
  return { channel, message: bytes(text), seq, copy };
}

/** Asks again until it is so. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`Still not so after ${PATIENCE} ms: ${what}`);
    await pause(2);
  }
}

/** What becomes of it, within so many milliseconds. */
export function fateOf(promise: Promise<unknown>, milliseconds = 2_500): Promise<unknown> {
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => error,
    ),
    pause(milliseconds, 'pending', { ref: false }),
  ]);
}

/** One node of a contract test: a broker, its present session, and what has arrived. */
export class TestNode implements BrokerHost {
  readonly node = randomBytes(8).toString('hex');
  readonly broker: Broker;
  readonly arrived: Arrived[] = [];
  readonly closings: Error[] = [];
  #session: BrokerSession | undefined;

  constructor(broker: Broker) {
    this.broker = broker;
  }

  get session(): BrokerSession {
    if (this.#session === undefined) throw new Error('No session was opened');
    return this.#session;
  }

  received(channel: string, lent: Uint8Array): void {
    const copy = Buffer.from(lent);
    this.arrived.push({ channel, text: copy.toString(), bytes: copy });
  }

  closed(error: Error): void {
    this.closings.push(error);
  }

  /** A server that was just started may not be there at once. */
  async open(): Promise<BrokerSession> {
    for (const end = Date.now() + PATIENCE; ; await pause(50)) {
      try {
        this.#session = await this.broker.open(this);
        return this.#session;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  texts(channel: string): string[] {
    return this.arrived.filter((one) => one.channel === channel).map(({ text }) => text);
  }

  /** Waits for so many messages of a channel. */
  async expect(channel: string, count: number): Promise<string[]> {
    await eventually(
      `${count} messages of ${JSON.stringify(channel)}`,
      () => this.texts(channel).length >= count,
    );
    return this.texts(channel);
  }

  /** Whatever was sent to this node before has arrived when this has settled. */
  async settle(sender: TestNode = this): Promise<void> {
    const channel = `r:${unique('settle')}`;
    await this.session.subscribe([channel]);
    await sender.session.send([message(channel, 'now')], false);
    await this.expect(channel, 1);
  }

  async log(node: string, after = 0, limit: LogLimit = NO_LIMIT): Promise<Logged[]> {
    const found: Logged[] = [];
    for await (const { channel, message: lent } of this.session.readLog(node, after, limit)) {
      found.push({ channel, message: Buffer.from(lent) });
    }
    return found;
  }

  async end(): Promise<void> {
    this.#session?.destroy();
    await this.broker.close?.();
  }
}

/** The nodes of the tests of one broker. */
export class BrokerRig {
  readonly #start: () => BrokerSetup | Promise<BrokerSetup>;
  #setup: BrokerSetup | undefined;
  #nodes: TestNode[] = [];

  constructor(start: () => BrokerSetup | Promise<BrokerSetup>) {
    this.#start = start;
  }

  async start(): Promise<void> {
    this.#setup = await this.#start();
  }

  get setup(): BrokerSetup {
    if (this.#setup === undefined) throw new Error('The broker was not set up');
    return this.#setup;
  }

  /** A node that is not connected. */
  async stranger(): Promise<TestNode> {
    const node = new TestNode(await this.setup.broker());
    this.#nodes.push(node);
    return node;
  }

  async node(): Promise<TestNode> {
    const node = await this.stranger();
    await node.open();
    return node;
  }

  /** Ends the server; settles when all nodes of this test know, and have a session with the next. */
  async restartEmpty(): Promise<void> {
    const nodes = this.#nodes;
    await this.setup.restartEmpty?.();
    await eventually('all sessions are closed', () =>
      nodes.every(({ closings }) => closings.length > 0),
    );
    for (const node of nodes) await node.open();
  }

  /** After each test. */
  async rest(): Promise<void> {
    const nodes = this.#nodes;
    this.#nodes = [];
    for (const node of nodes) await node.end();
  }

  async close(): Promise<void> {
    await this.#setup?.close?.();
  }
}
