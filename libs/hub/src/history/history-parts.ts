import type { Rooms } from '../rooms/rooms.js';
import type { EncodedMessages } from './encoded-messages.js';
import type { Held } from './held.js';
import type { HistorySettings } from './history-options.js';

/** What publishing and joining have in common. */
export interface HistoryParts {
  readonly rooms: Rooms;
  readonly settings: HistorySettings;
  readonly encoded: EncodedMessages;
  /** Live messages that wait for older ones. */
  readonly held: Held;
  /** Told of what failed and nobody need wait for. */
  readonly report: (error: unknown) => void;
}
