import type { OwnEntries } from './own-entries.js';
import { Replica } from './replica.js';
import { MAX_PEOPLE, MAX_STATE, RELIEF } from './roster-limits.js';
import type { RosterCounts } from './roster-message.js';

const NONE: ReadonlyMap<string, Replica> = new Map<string, Replica>();

/** Nodes whose answers the first of a channel waits for. */
interface Opening {
  readonly done: Promise<void>;
  readonly finish: () => void;
  readonly missing: Set<string>;
}

/** Who is in a channel, node by node. */
export class RosterChannel {
  readonly name: string;
  /** This node's, while it has any. */
  own: OwnEntries | undefined;
  /** While it is being found out who is there. */
  opening: Opening | undefined;
  /** Nodes that were asked and have not answered, or not with what is missing. */
  waiting: Set<string> | undefined;
  /** How often they were asked. */
  tries = 0;
  /** Until when it is kept up to date without anybody of this node. */
  keepUntil = 0;
  /** When the version is said next, although nothing has changed. */
  announceAt = 0;
  #replicas: Map<string, Replica> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** What is known of the other nodes, by their id. */
  get replicas(): ReadonlyMap<string, Replica> {
    return this.#replicas ?? NONE;
  }

  /** What is known of a node, to be written to. */
  replica(node: string): Replica {
    const replica = this.#replicas?.get(node) ?? new Replica();
    (this.#replicas ??= new Map()).set(node, replica);
    return replica;
  }

  /** @returns what was known of the node */
  forget(node: string): Replica | undefined {
    const replica = this.#replicas?.get(node);
    this.#replicas?.delete(node);
    if (this.#replicas?.size === 0) this.#replicas = undefined;
    return replica;
  }

  /** Forgets the versions of those who have had nobody for so long that nothing of theirs is under way. */
  sweep(before: number): void {
    for (const [node, replica] of this.replicas) {
      if (!replica.occupied && replica.heardAt < before) this.forget(node);
    }
  }

  /** Of all nodes; who is on two of them counts twice. */
  get counts(): RosterCounts {
    let { people, connections } = this.own?.counts ?? { people: 0, connections: 0 };
    for (const { counts } of this.replicas.values()) {
      people += counts.people;
      connections += counts.connections;
    }
    return { people, connections };
  }

  /** Whether there are too many to name; not again before there are clearly fewer. */
  get crowded(): boolean {
    const { own } = this;
    const share = own?.counted === true ? RELIEF : 1;
    return this.counts.people > MAX_PEOPLE * share || (own?.bytes ?? 0) > MAX_STATE * share;
  }

  /** A node was heard of. */
  heard(node: string, now: number): Replica {
    const replica = this.replica(node);
    replica.heardAt = now;
    return replica;
  }

  /** From now on it is being found out whom these nodes have. */
  open(nodes: Iterable<string>): void {
    let finish: () => void = ignore;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.opening = { done, finish, missing: new Set(nodes) };
  }

  opened(): void {
    this.opening?.finish();
    this.opening = undefined;
  }

  /** A node has answered; when something is still missing of it, it is asked again later. */
  answered(node: string): void {
    const replica = this.replicas.get(node);
    if (replica === undefined || replica.newest <= replica.version) this.#stopWaiting(node);
    this.#stopOpening(node);
  }

  /** A node is gone. @returns what was known of it */
  lost(node: string): Replica | undefined {
    this.#stopWaiting(node);
    this.#stopOpening(node);
    return this.forget(node);
  }

  /** What nobody tells is not missing, until somebody says so again. */
  giveUp(): void {
    for (const node of this.waiting ?? []) {
      const replica = this.replicas.get(node);
      if (replica !== undefined) replica.newest = replica.version;
    }
    this.waiting = undefined;
  }

  #stopWaiting(node: string): void {
    this.waiting?.delete(node);
    if (this.waiting?.size === 0) this.waiting = undefined;
  }

  #stopOpening(node: string): void {
    this.opening?.missing.delete(node);
    if (this.opening?.missing.size === 0) this.opened();
  }
}

function ignore(): void {}
