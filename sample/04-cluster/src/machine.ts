import type { ClusterState } from 'nestwire';

/** What a node knows of itself and of the others. */
export interface NodeReport {
  /** 16 hexadecimal digits, new with every start. */
  readonly id: string;
  /** Of its link to the broker. */
  readonly state: ClusterState;
  /** Names of the other nodes it takes for alive. */
  readonly sees: readonly string[];
  readonly pages: number;
  /** Broadcasts that wait for the broker. */
  readonly waiting: number;
  readonly repaired: number;
  readonly gaps: number;
}

/** One node, running or not. */
export interface NodeView {
  readonly number: number;
  readonly pid: number | undefined;
  /** Undefined until it has said something. */
  readonly report: NodeReport | undefined;
}

export interface BrokerView {
  readonly title: string;
  readonly running: boolean;
  /** Why a page cannot kill it; undefined when it can. */
  readonly fixed?: string;
}

/** Something to tell whoever looks at a page. */
export interface Happening {
  /** Counts from 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/** All that runs here, as the primary knows it. */
export interface Machine {
  readonly broker: BrokerView;
  readonly nodes: readonly NodeView[];
  /** The latest, oldest first. */
  readonly happenings: readonly Happening[];
}

export type Action = 'kill' | 'start';

/** From a node to the primary. */
export type ToPrimary =
  | { readonly kind: 'report'; readonly report: NodeReport }
  | { readonly kind: 'happened'; readonly text: string }
  /** @param node its number; undefined for the broker */
  | { readonly kind: 'order'; readonly action: Action; readonly node: number | undefined };
