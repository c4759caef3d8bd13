import type { ClientError } from '../support/client-error.js';
import type { Frame } from '../wire/frame.js';
import type { ClientState } from './client-state.js';

/** What a change of the state means for who depends on it. */
export type Moment =
  /** Whatever had ended it before, it is tried again. */
  | 'begun'
  | 'opened'
  /** An open connection is one no more; messages handed to it may have arrived. */
  | 'lost'
  /** Nothing is tried any more, until `connect`. */
  | ClientError;

/** What is told of a link. */
export interface LinkListener {
  /** After the state has changed, and those who depend on it have been told. */
  state(state: ClientState): void;
  moment(moment: Moment): void;
  frame(frame: Frame): void;
  nonsense(): void;
  report(error: unknown): void;
}
