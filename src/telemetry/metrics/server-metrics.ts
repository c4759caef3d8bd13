import type { Meter } from '@opentelemetry/api';
import type { GapReason, Hub } from '#hub';
import { onDiagnostics, type Diagnostics } from '../../diagnostics/on-diagnostics.js';
import { Attribute } from '../api/attributes.js';
import { countsOf, type Counts } from './counts.js';
import { Handled } from './handled.js';
import { histograms, type Histograms } from './instruments.js';
import { refusalReason } from './refusal-reason.js';
import { observeHubs } from './snapshot.js';
import type { Cell } from './tally.js';

/** What goes over one path. */
interface Traffic {
  readonly received: Cell;
  readonly receivedBytes: Cell;
  readonly sent: Cell;
  readonly sentBytes: Cell;
}

const GAP_REASONS: readonly GapReason[] = ['lost', 'expired', 'dropped', 'node-down'];

/**
 * The metrics of all hubs that have the same meter: of two that told it of the same instrument the one would
 * write over the other. Numbers go on where they were when a hub comes after another has gone.
 */
export class ServerMetrics {
  readonly #hubs = new Set<Hub>();
  readonly #counts: Counts;
  readonly #histograms: Histograms;
  readonly #traffic = new WeakMap<object, Traffic>();
  readonly #byPath = new Map<string, Traffic>();
  readonly #handled: Handled;
  #stops: (() => void)[] = [];

  constructor(meter: Meter) {
    this.#counts = countsOf(meter);
    this.#histograms = histograms(meter);
    this.#handled = new Handled(this.#counts.handled, this.#histograms.handler);
    observeHubs(meter, this.#hubs);
  }

  /** Counts what happens in `hub`, too. @returns how to stop */
  add(hub: Hub): () => void {
    this.#hubs.add(hub);
    if (this.#hubs.size === 1) this.#listen();
    return () => {
      if (!this.#hubs.delete(hub) || this.#hubs.size > 0) return;
      for (const stop of this.#stops.splice(0)) stop();
    };
  }

  #listen(): void {
    this.#listenToConnections();
    this.#listenToMessages();
    this.#listenToRooms();
    this.#listenToCluster();
  }

  /** Of the hubs that are meant; a process may have others. */
  #on<Name extends keyof Diagnostics>(
    name: Name,
    listener: (message: Diagnostics[Name]) => void,
  ): void {
    this.#stops.push(
      onDiagnostics(name, (message) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only compared
        if ('hub' in message && !this.#hubs.has(message.hub as Hub)) return;
        listener(message);
      }),
    );
  }

  #listenToConnections(): void {
    const { connection, upgrade } = this.#histograms;
    this.#on('nestwire:upgrade:end', ({ path, outcome = 'left', status, duration }) => {
      upgrade.record(duration / 1_000, {
        [Attribute.Path]: path,
        [Attribute.Outcome]: outcome,
        ...(status > 0 && { [Attribute.HttpStatus]: status }),
      });
    });
    this.#on('nestwire:hub:open', ({ path, transport }) => {
      this.#traffic.set(transport, this.#trafficOf(path));
    });
    this.#on('nestwire:hub:close', ({ path, closeClass, duration }) => {
      connection.record(duration / 1_000, {
        [Attribute.Path]: path,
        [Attribute.Status]: closeClass,
      });
    });
    const { slowClosed, slowDropped, rateLimited } = this.#counts;
    this.#on('nestwire:slow:closed', ({ path, limit }) => slowClosed.cell(path, limit).value++);
    this.#on('nestwire:slow:dropped', ({ path, policy, messages }) => {
      slowDropped.cell(path, policy).value += messages;
    });
    this.#on('nestwire:rate:limited', ({ path, limit, action }) => {
      rateLimited.cell(path, limit, action).value++;
    });
  }

  #listenToMessages(): void {
    // Past `#on`, which looks for a hub: these have none, and there are many.
    const messages: [() => void, () => void] = [
      onDiagnostics('nestwire:message:received', ({ transport, byteLength }) => {
        const traffic = this.#traffic.get(transport);
        if (traffic === undefined) return;
        traffic.received.value++;
        traffic.receivedBytes.value += byteLength;
      }),
      onDiagnostics('nestwire:message:sent', ({ transport, byteLength }) => {
        const traffic = this.#traffic.get(transport);
        if (traffic === undefined) return;
        traffic.sent.value++;
        traffic.sentBytes.value += byteLength;
      }),
    ];
    this.#stops.push(...messages);
    this.#handled.start();
    this.#stops.push(() => this.#handled.stop());
    this.#on('nestwire:message:end', ({ path, event, outcome = 'abandoned', duration }) => {
      this.#handled.add(path, event, outcome, duration);
    });
    const { refused } = this.#counts;
    this.#on('nestwire:message:refused', ({ path, code }) => {
      refused.cell(path, refusalReason(code)).value++;
    });
  }

  #listenToRooms(): void {
    const { broadcast } = this.#histograms;
    const { recovered, delivered } = this.#counts;
    this.#on('nestwire:broadcast:end', ({ origin, duration, result }) => {
      broadcast.record(duration / 1_000, { [Attribute.Origin]: origin });
      for (const [outcome, count] of Object.entries(result)) {
        if (count > 0) delivered.cell(origin, outcome).value += count;
      }
    });
    this.#on('nestwire:room:recovered', ({ path, result }) => {
      recovered.cell(path, result).value++;
    });
  }

  #listenToCluster(): void {
    const { gaps, dropped, ignored } = this.#counts;
    // There before the first of them: of a series that begins at 1 nobody sees an increase.
    for (const reason of GAP_REASONS) gaps.cell(reason);
    for (const { cluster } of this.#hubs) {
      for (const reason of Object.keys(cluster.stats.dropped)) dropped.cell(reason);
    }
    this.#on('nestwire:cluster:gap', ({ node, gap }) => {
      if (this.#knows(node)) gaps.cell(gap.reason).value++;
    });
    this.#on('nestwire:cluster:dropped', ({ node, dropped: { reason, messages } }) => {
      if (this.#knows(node)) dropped.cell(reason).value += messages;
    });
    this.#on('nestwire:cluster:ignored', ({ node, ignored: { reason } }) => {
      if (this.#knows(node)) ignored.cell(reason).value++;
    });
  }

  #knows(node: string): boolean {
    return [...this.#hubs].some(({ cluster }) => cluster.node === node);
  }

  #trafficOf(path: string): Traffic {
    let traffic = this.#byPath.get(path);
    if (traffic === undefined) {
      const { messages, io } = this.#counts;
      traffic = {
        received: messages.cell(path, 'receive'),
        receivedBytes: io.cell(path, 'receive'),
        sent: messages.cell(path, 'transmit'),
        sentBytes: io.cell(path, 'transmit'),
      };
      this.#byPath.set(path, traffic);
    }
    return traffic;
  }
}
