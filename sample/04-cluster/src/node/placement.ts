import { Inject, Injectable } from '@nestjs/common';
import { Cluster } from 'nestwire';
import type { Place } from '../place.js';
import { MachineLink } from './machine-link.service.js';
import { PLACE } from './place.token.js';

/** What a page wishes about its node. */
interface Wish {
  /** Any, the emptiest for choice. */
  readonly fresh: boolean;
  /** The number of the one it does not want. */
  readonly avoid: unknown;
}

/**
 * The port hands connections to the nodes in turn, a page's files included: two tabs may well meet on one
 * node. To show something, a new page is sent on while another node has fewer of them.
 */
@Injectable()
export class Placement {
  constructor(
    private readonly cluster: Cluster,
    private readonly link: MachineLink,
    @Inject(PLACE) private readonly place: Place,
  ) {}

  prefersAnother({ fresh, avoid }: Wish): boolean {
    if (avoid === String(this.place.number)) return true;
    if (!fresh) return false;
    const others = (this.link.latest?.nodes ?? []).filter(
      ({ number, report }) => number !== this.place.number && report !== undefined,
    );
    // The page that asks is counted here already.
    const pages = (this.cluster.nodes[0]?.connections ?? 1) - 1;
    return others.some(({ report }) => (report?.pages ?? 0) < pages);
  }
}
