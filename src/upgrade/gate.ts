import type { UpgradeRequest } from '#engine';
import { rejectStatus } from './refusals.js';

/** Whether clients are let in, for all paths at once, and who is being decided about. */
export class Gate {
  #isOpen = false;
  readonly #pending = new Set<UpgradeRequest>();

  open(): void {
    this.#isOpen = true;
  }

  /** Sends away who is still waiting: a decision that never comes must not hold up a shutdown. */
  close(): void {
    this.#isOpen = false;
    for (const upgrade of this.#pending) refuseForNow(upgrade);
  }

  /** @returns false when the client has been refused because the gate is closed */
  admit(upgrade: UpgradeRequest): boolean {
    if (!this.#isOpen) refuseForNow(upgrade);
    return this.#isOpen;
  }

  /** Remembers the upgrade until the decision about it has settled, or nobody waits for that. */
  async during(upgrade: UpgradeRequest, decision: () => Promise<void>): Promise<void> {
    this.#pending.add(upgrade);
    upgrade.onAbort(() => this.#pending.delete(upgrade));
    try {
      await decision();
    } finally {
      this.#pending.delete(upgrade);
    }
  }
}

/** The client may come again: the application is starting or a new one is about to. */
function refuseForNow(upgrade: UpgradeRequest): void {
  rejectStatus(upgrade, 503, 'The server is not accepting connections', { 'Retry-After': '1' });
}
