import type { OutboxEntry } from './link-host.js';

/** Whether an entry is a broadcast; what nodes tell each other about broadcasts has the number 0. */
export function isBroadcast({ outgoing }: OutboxEntry): boolean {
  return outgoing.some(({ seq }) => seq > 0);
}
