/** What must always be true; each is broken on purpose once, see mutations.ts. */
export type Invariant =
  /** Receivers of the same node have a broadcast when `send` returns. */
  | 'local in the same turn'
  | 'no doubles'
  /** Of a publisher and a channel. */
  | 'order'
  /** Nobody gets what was not for it. */
  | 'addressed'
  /** What did not come was announced to the node of the receiver. */
  | 'gaps announced'
  /** Members are told of gaps in their rooms. */
  | 'gaps told to members'
  /** At least once: nothing is missing but what was dropped, or was lost with a server or a process. */
  | 'nothing lost'
  | 'members'
  /** Offsets count up one by one for everybody, and each place is one message. */
  | 'histories'
  /** What `recovered` says is true. */
  | 'recovered'
  /** It comes until it is acknowledged, and never again then. */
  | 'mail'
  /** What a client was told of people adds up to those who are there. */
  | 'presence'
  /** A query that is complete has asked everybody. */
  | 'queries'
  | 'nothing pending'
  | 'outbox bounded'
  | 'drops counted'
  | 'reports';

/** What a run has found. */
export class Violations {
  readonly found: { readonly invariant: Invariant; readonly detail: string }[] = [];

  add(invariant: Invariant, detail: string): void {
    // The first of each tell enough.
    if (this.found.filter((one) => one.invariant === invariant).length < 3) {
      this.found.push({ invariant, detail });
    }
  }

  get invariants(): ReadonlySet<Invariant> {
    return new Set(this.found.map(({ invariant }) => invariant));
  }

  toString(): string {
    return this.found.map(({ invariant, detail }) => `${invariant}: ${detail}`).join('\n');
  }
}
