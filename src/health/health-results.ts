import type { ClusterState } from '#hub';

/** Milliseconds by which turns of the event loop came late, over one window. */
export interface LoopDelays {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** Whether new clients should be sent to this process, and why not. */
export interface WsReadiness {
  readonly status: 'up' | 'down';
  /** What is wrong; only while it is down. */
  readonly message?: string;
  /** The application closes: nobody is let in any more. */
  readonly draining: boolean;
  /** The link to the broker; `alone` where the application has none. */
  readonly broker: ClusterState;
  readonly connections: {
    readonly open: number;
    /** `connections.total` of the module, and how many still fit; neither where there is no limit. */
    readonly limit?: number;
    readonly headroom?: number;
  };
}

/** Whether this process should go on, and why not. */
export interface WsLiveness {
  readonly status: 'up' | 'down';
  /** What is wrong; only while it is down. */
  readonly message?: string;
  readonly loopDelay: LoopDelays;
}
