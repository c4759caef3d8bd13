import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { Enclosed, type Around, type Connection, type Hub, type HubScope } from '#hub';

/** `left`: the client was gone before anybody had decided. */
export type UpgradeOutcome = 'accepted' | 'refused' | 'left';

/** An upgrade for a path that is served: one object for the beginning and the end. */
export interface DecidedUpgrade extends HubScope {
  /** The path as it is served, with the names of its parameters. */
  readonly path: string;
  readonly request: IncomingMessage;
  /** Undefined until the end. */
  readonly outcome: UpgradeOutcome | undefined;
  /** What the client was answered: 101, over HTTP/2 200, or the status of a refusal; 0 when it was gone. */
  readonly status: number;
  /** Why it was refused, as its client is told. */
  readonly reason: string | undefined;
  /** Of an upgrade that was accepted. */
  readonly connection: Connection | undefined;
  /** Milliseconds, in the end. */
  readonly duration: number;
  /** In the beginning: decides, guards and the connect hook included, within `around`. */
  enclose(around: Around): void;
}

/** What is told by the channels of upgrades, by their names. */
export interface UpgradeDiagnostics {
  /** A client asks for a path that is served. */
  'nestwire:upgrade:begin': DecidedUpgrade;
  /** The same object: it was accepted or refused, or the client is gone. */
  'nestwire:upgrade:end': DecidedUpgrade;
}

const begun = channel('nestwire:upgrade:begin');
const ended = channel('nestwire:upgrade:end');

/** See `DecidedUpgrade`. */
export class UpgradeDecision extends Enclosed implements DecidedUpgrade {
  readonly node: string;
  outcome: UpgradeOutcome | undefined = undefined;
  status = 0;
  reason: string | undefined = undefined;
  connection: Connection | undefined = undefined;
  duration = 0;
  readonly #startedAt = performance.now();

  private constructor(
    readonly hub: Hub,
    readonly path: string,
    readonly request: IncomingMessage,
  ) {
    super();
    this.node = hub.cluster.node;
  }

  /** @returns undefined while nobody listens */
  static begin(hub: Hub, path: string, request: IncomingMessage): UpgradeDecision | undefined {
    if (!begun.hasSubscribers && !ended.hasSubscribers) return undefined;
    const decision = new UpgradeDecision(hub, path, request);
    begun.publish(decision);
    return decision;
  }

  accepted(connection: Connection): void {
    this.connection = connection;
    this.#end('accepted', this.request.httpVersionMajor >= 2 ? 200 : 101);
  }

  refused(status: number, reason: string | undefined): void {
    this.reason = reason;
    this.#end('refused', status);
  }

  left(): void {
    this.#end('left', 0);
  }

  /** The first end counts. */
  #end(outcome: UpgradeOutcome, status: number): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.status = status;
    this.duration = performance.now() - this.#startedAt;
    ended.publish(this);
  }
}
