import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Broadcaster } from 'nestwire';
import type { Machine, ToPrimary } from '../machine.js';
import type { Place } from '../place.js';
import { PLACE } from './place.token.js';

/** What pages are told: all that runs here, and which node they are on. */
export interface MachineMessage extends Machine {
  readonly you: number;
}

/** Speaks with the primary process, which starts and kills, and tells the pages of this node. */
@Injectable()
export class MachineLink implements OnModuleDestroy {
  private machine: MachineMessage | undefined;

  constructor(
    private readonly broadcaster: Broadcaster,
    @Inject(PLACE) private readonly place: Place,
  ) {
    process.on('message', this.received);
  }

  onModuleDestroy(): void {
    process.off('message', this.received);
  }

  /** Undefined until the primary has said something. */
  get latest(): MachineMessage | undefined {
    return this.machine;
  }

  tell(message: ToPrimary): void {
    if (process.connected) process.send?.(message);
  }

  private readonly received = ({ machine }: { machine: Machine }): void => {
    this.machine = { ...machine, you: this.place.number };
    // Every node hears it from the primary, the broker may be away: it is for the pages of this one.
    this.broadcaster.local.toAll().send('machine', this.machine);
  };
}
