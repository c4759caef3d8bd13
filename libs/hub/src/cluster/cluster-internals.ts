import type { Clock } from '../support/clock.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { VersionRange } from './message/cluster-message.js';

/** Versions of messages between nodes that this one reads. */
export const VERSIONS: VersionRange = { min: 1, max: 1 };

/** What tests set, and nobody else. */
export interface ClusterInternals {
  readonly clock?: Clock | undefined;
  /** Id of this node. */
  readonly node?: string | undefined;
  readonly versions?: VersionRange | undefined;
}

/** The hub a node is made of. */
export interface ClusterHub {
  readonly codecs: KnownCodecs;
  readonly connections: { readonly size: number; readonly users: number; has(id: string): boolean };
  report(error: unknown): void;
}
