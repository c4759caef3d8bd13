import type { ClientState } from './client-state.js';

export type StateName = ClientState['name'];

/** What happens to a client. */
export type StateEvent =
  /** `connect()`, the end of a pause, the network is back. */
  | 'connect'
  /** `reconnect()`, or another token is to be tried at once. */
  | 'again'
  /** The server has answered. */
  | 'opened'
  /** No connection, and a pause before the next. */
  | 'lost'
  | 'refused'
  | 'denied'
  /** The server closed it for good. */
  | 'ended'
  /** `close()`. */
  | 'close';

const over = {
  again: 'connecting',
  lost: 'waiting',
  refused: 'refused',
  denied: 'signed-out',
  ended: 'closed',
  close: 'closed',
} as const;
const still = { connect: 'connecting', again: 'connecting', close: 'closed' } as const;

const TABLE: Readonly<Record<StateName, Partial<Record<StateEvent, StateName>>>> = {
  connecting: { opened: 'open', ...over },
  open: over,
  waiting: still,
  refused: still,
  'signed-out': still,
  closed: { connect: 'connecting', again: 'connecting' },
};

/** The state after the event; undefined where it changes nothing. */
export function nextState(state: StateName, event: StateEvent): StateName | undefined {
  return TABLE[state][event];
}
