import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Hub, type Connection } from '#hub';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import { describeError } from '../support/describe-error.js';
import type { InspectorContract, Tick, View } from './contract/inspector-contract.js';
import { INSPECTOR, type ResolvedInspector } from './inspector-options.js';
import { Sampler } from './sampling/sampler.js';
import { Tail, TAIL_INTERVAL } from './sampling/tail.js';
import { ConnectionOrder } from './views/connection-order.js';
import { showDetails, showWindow } from './views/show.js';

/** Milliseconds from one look to the next, at least. */
const INTERVAL = 1_000;
/** Of the time between two looks, the part that a look may take: 2 %. */
const SHARE = 50;
/** Milliseconds that answers between two looks may take; then the next look brings what was asked for. */
const ANSWERS = 50;
/** Bytes that may wait for an inspector: what comes then is left out. */
const MAX_WAITING = 256 * 1024;
/** Milliseconds for inspectors to leave, in the end. */
const DEADLINE = 2_000;

/** The path of inspectors, as their connections speak it. */
export type InspectorConnection = Connection<InspectorContract>;

interface Inspector {
  readonly order: ConnectionOrder;
  view: View | undefined;
  tail: Tail | undefined;
}

/**
 * Who looks, and at what. With the first of them sampling begins, with the last it ends: nothing listens, counts
 * or runs in between. Their connections are those of a hub of its own, so nobody sees himself look.
 */
@Injectable()
export class Inspectors implements OnModuleDestroy {
  /** Of inspectors alone. */
  readonly own: Hub;
  readonly #hub: Hub;
  readonly #options: ResolvedInspector;
  readonly #logger = new Logger('InspectorModule', { timestamp: true });
  readonly #inspectors = new Map<InspectorConnection, Inspector>();
  #sampler: Sampler | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tails: NodeJS.Timeout | undefined;
  #measuredAt = 0;
  #interval = INTERVAL;
  /** Milliseconds that answers have taken since the last look. */
  #spent = 0;

  constructor(
    hub: Hub,
    @Inject(INSPECTOR) options: ResolvedInspector,
    @Inject(WS_OPTIONS) { trustedProxies, userId }: ResolvedWsOptions,
  ) {
    this.#hub = hub;
    this.#options = options;
    this.own = new Hub({
      trustedProxies,
      userId,
      connections: { total: options.maxInspectors },
      onError: (error, { phase }) => {
        if (phase !== 'transport') this.#logger.error(`Cannot show: ${describeError(error)}`);
      },
    });
  }

  opened(connection: InspectorConnection): void {
    const sampler = (this.#sampler ??= this.#begin());
    const order = new ConnectionOrder(sampler, this.#hub.rooms);
    this.#inspectors.set(connection, { order, view: undefined, tail: undefined });
  }

  closed(connection: InspectorConnection): void {
    this.#follow(this.#inspectors.get(connection), undefined);
    this.#inspectors.delete(connection);
    if (this.#inspectors.size === 0) this.#end();
  }

  /** @returns null where looking has taken long already */
  look(connection: InspectorConnection, view: View): Tick | null {
    const inspector = this.#inspectors.get(connection);
    const sampler = this.#sampler;
    if (inspector === undefined || sampler === undefined) return null;
    inspector.view = view;
    if (this.#spent > ANSWERS) return null;
    const start = cpuTime();
    const tick = this.#show(sampler, inspector.order, view, false);
    this.#spent += cpuTime() - start;
    return tick;
  }

  /** @param id of the connection to follow, '' for none. @returns whether it is there */
  tail(connection: InspectorConnection, id: string): boolean {
    const inspector = this.#inspectors.get(connection);
    const sampled = this.#sampler?.get(id);
    const tail = sampled === undefined ? undefined : new Tail(sampled, this.#options.payloads);
    this.#follow(inspector, tail);
    return tail !== undefined;
  }

  /** Writes down what an inspector has done, for those who look and for the log. */
  log(connection: InspectorConnection, what: string, { id, handshake }: Connection): void {
    const who = whoIs(connection);
    // Names are of strangers: quoted, no line of the log is forged by one.
    this.#logger.log(`${JSON.stringify(who)} ${what}, connection ${id}`);
    this.#sampler?.incidents.add('action', handshake.path, `${who} ${what}`, id);
  }

  /** @internal */
  async onModuleDestroy(): Promise<void> {
    await this.own.close({ deadline: DEADLINE });
    this.#end();
  }

  #begin(): Sampler {
    this.#measuredAt = performance.now();
    this.#schedule(INTERVAL);
    return new Sampler(this.#hub);
  }

  #end(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#tails);
    this.#tails = undefined;
    this.#sampler?.stop();
    this.#sampler = undefined;
  }

  #schedule(interval: number): void {
    this.#interval = interval;
    this.#timer = setTimeout(() => this.#tick(), interval).unref();
  }

  #tick(): void {
    const sampler = this.#sampler;
    if (sampler === undefined) return;
    const start = cpuTime();
    const now = performance.now();
    sampler.measure((now - this.#measuredAt) / 1_000);
    this.#measuredAt = now;
    for (const [connection, { order, view }] of this.#inspectors) {
      if (view === undefined || connection.bufferedAmount > MAX_WAITING) continue;
      connection.send('tick', this.#show(sampler, order, view, true));
    }
    this.#spent = 0;
    this.#schedule(Math.max(INTERVAL, (cpuTime() - start) * SHARE));
  }

  #show(sampler: Sampler, order: ConnectionOrder, view: View, measured: boolean): Tick {
    return {
      summary: sampler.summary(this.#interval),
      window: showWindow(view, { hub: this.#hub, sampler, order, measured }),
      details: showDetails(view.open, sampler),
    };
  }

  #follow(inspector: Inspector | undefined, tail: Tail | undefined): void {
    if (inspector === undefined) return;
    if (inspector.tail !== undefined) this.#sampler?.leave(inspector.tail);
    inspector.tail = tail;
    if (tail === undefined) return;
    this.#sampler?.follow(tail);
    this.#tails ??= setInterval(() => this.#tellTails(), TAIL_INTERVAL).unref();
  }

  #tellTails(): void {
    let following = 0;
    for (const [connection, { tail }] of this.#inspectors) {
      if (tail === undefined) continue;
      following++;
      if (connection.bufferedAmount > MAX_WAITING) {
        tail.skip();
        continue;
      }
      const frames = tail.take();
      if (frames !== undefined) connection.send('frames', frames);
      if (frames?.ended === true) this.#follow(this.#inspectors.get(connection), undefined);
    }
    if (following > 0) return;
    clearInterval(this.#tails);
    this.#tails = undefined;
  }
}

/** Milliseconds of this process: where others have the machine, what takes long may still cost little. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The id of its user, or its address. */
export function whoIs(connection: InspectorConnection): string {
  return connection.userId ?? connection.handshake.ip;
}
