import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Cluster, type Gap } from 'nestwire';
import type { NodeReport } from '../machine.js';
import type { Place } from '../place.js';
import { MachineLink } from './machine-link.service.js';
import { PLACE } from './place.token.js';

/** Milliseconds between two looks at the counters. */
const LOOK_EVERY = 250;

/** Tells the primary what this node sees of the cluster. */
@Injectable()
export class ClusterReporter implements OnApplicationBootstrap, OnModuleDestroy {
  private reported = '';
  private readonly names = new Map<string, string>();
  private stop = () => {};

  constructor(
    private readonly cluster: Cluster,
    private readonly link: MachineLink,
    @Inject(PLACE) private readonly place: Place,
  ) {}

  onApplicationBootstrap(): void {
    const unobserve = this.cluster.observe({
      state: (state, error) => {
        this.report();
        if (state === 'up') this.happened('is linked to the broker');
        else if (state === 'down' && error !== undefined) {
          this.happened(`goes on alone. ${error.message}`);
        }
      },
      nodeUp: ({ id, name }) => {
        this.names.set(id, name);
        this.report();
      },
      nodeDown: ({ name }) => {
        this.report();
        this.happened(`takes ${name} for gone`);
      },
      gap: (gap) => this.happened(this.gapText(gap)),
      dropped: ({ messages, reason }) =>
        this.happened(`could not send ${messages} broadcasts to the others (${reason})`),
    });
    const timer = setInterval(() => this.report(), LOOK_EVERY);
    this.stop = () => {
      unobserve();
      clearInterval(timer);
    };
    this.report();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private gapText({ node, messages, reason }: Gap): string {
    const what = messages === undefined ? 'broadcasts' : `${messages} broadcasts`;
    return `may have missed ${what} of ${this.names.get(node) ?? node} (${reason})`;
  }

  private happened(text: string): void {
    this.link.tell({ kind: 'happened', text: `Node ${this.place.number} ${text}` });
  }

  /** What has not changed is not told again. */
  private report(): void {
    const { node: id, state, nodes, stats } = this.cluster;
    const [self, ...others] = nodes;
    const report: NodeReport = {
      id,
      state,
      sees: others.map(({ name }) => name).sort(),
      pages: self?.connections ?? 0,
      waiting: stats.outbox.entries,
      repaired: stats.repaired,
      gaps: stats.gaps,
    };
    const text = JSON.stringify(report);
    if (text === this.reported) return;
    this.reported = text;
    this.link.tell({ kind: 'report', report });
  }
}
