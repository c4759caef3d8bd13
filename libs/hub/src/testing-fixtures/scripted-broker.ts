import type {
  Broker,
  BrokerHost,
  BrokerSession,
  Logged,
  LogLimit,
  Outgoing,
} from '../broker/broker.js';
import { deferred, type Deferred } from './deferred.js';

/** What becomes of a call: answered, refused, never answered, thrown at the caller, or as told later. */
export type Answer = 'yes' | 'no' | 'never' | 'throw' | 'later';

type Call = 'open' | 'send' | 'subscribe' | 'unsubscribe' | 'probe' | 'readLog';

/** A broker that does what a test says, and remembers what it was asked. */
export class ScriptedBroker implements Broker {
  readonly name = 'scripted';
  maxMessage = 1_000;
  generation = 'one';
  /** Only what is not answered with yes. */
  readonly answers: Partial<Record<Call, Answer>> = {};
  /** Decides about sending in place of `answers`. */
  sending: ((batch: readonly Outgoing[]) => Answer) | undefined;
  readonly sessions: ScriptedSession[] = [];
  /** Calls that are answered by the test. */
  readonly later: Deferred[] = [];
  opened = 0;

  /** The newest. */
  get session(): ScriptedSession {
    const newest = this.sessions.at(-1);
    if (newest === undefined) throw new Error('No session was opened');
    return newest;
  }

  /** The texts all sessions were sent, in order; control messages too. */
  get sent(): string[] {
    return this.sessions.flatMap(({ sent }) => sent.map(({ text }) => text));
  }

  async open(host: BrokerHost): Promise<BrokerSession> {
    this.opened++;
    await this.answer('open');
    const session = new ScriptedSession(this, host);
    this.sessions.push(session);
    return session;
  }

  /** Throws at once or settles, as a broker that is not to be trusted. */
  answer(call: Call, decided: Answer = this.answers[call] ?? 'yes'): Promise<void> {
    if (decided === 'throw') throw new Error(`Thrown: ${call}`);
    const handle = deferred();
    if (decided === 'yes') handle.resolve();
    if (decided === 'no') handle.reject(new Error(`Refused: ${call}`));
    if (decided === 'later') this.later.push(handle);
    return handle.promise;
  }
}

export class ScriptedSession implements BrokerSession {
  readonly generation: string;
  readonly host: BrokerHost;
  readonly sent: { readonly text: string; readonly log: boolean; readonly channel: string }[] = [];
  readonly batches: number[] = [];
  readonly subscribed: string[][] = [];
  readonly unsubscribed: string[][] = [];
  probes = 0;
  destroyed = 0;
  logs: Logged[] = [];
  readonly #broker: ScriptedBroker;

  constructor(broker: ScriptedBroker, host: BrokerHost) {
    this.#broker = broker;
    this.host = host;
    this.generation = broker.generation;
  }

  send(batch: readonly Outgoing[], log: boolean): Promise<void> {
    this.batches.push(batch.length);
    const decided = this.#broker.sending?.(batch);
    for (const { channel, message } of batch) {
      this.sent.push({ text: Buffer.from(message).toString(), log, channel });
    }
    return this.#broker.answer('send', decided);
  }

  subscribe(channels: readonly string[]): Promise<void> {
    this.subscribed.push([...channels]);
    return this.#broker.answer('subscribe');
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    this.unsubscribed.push([...channels]);
    return this.#broker.answer('unsubscribe');
  }

  async *readLog(_node: string, _after: number, _limit: LogLimit): AsyncGenerator<Logged> {
    await this.#broker.answer('readLog');
    yield* this.logs;
  }

  probe(): Promise<void> {
    this.probes++;
    return this.#broker.answer('probe');
  }

  destroy(): void {
    this.destroyed++;
  }
}
