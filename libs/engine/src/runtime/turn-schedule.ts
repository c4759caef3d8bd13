import { inRootContext } from './root-context.js';

/** A connection with received bytes that were left for another turn of the event loop. */
export interface TurnTaker {
  takeTurn(): void;
  /** How many busy connections may work in one turn, as its options say. */
  readonly turnsAtOnce: number;
}

/**
 * Milliseconds of a turn for what was left over from the one before, and as many again for reading much: so
 * much work may stand between a message of a connection that sends little and its answer.
 */
export const TURN_TIME = 4;

/** Changes with a turn of the event loop, if `numberNextTurn` was called in it. */
export let turnNumber = 0;

let waiting: TurnTaker[] = [];
let turnsScheduled = false;
// When the first read of this turn came that brought much, -1 before it.
let readingSince = -1;

let busy: TurnTaker[] = [];
// Those of them that have begun something large: they come first.
let midway: TurnTaker[] = [];
let scheduled = false;

/** Goes on in the next turn, or in a later one when those that wait longer take too much of it. */
export function nextTurn(taker: TurnTaker): void {
  waiting.push(taker);
  scheduleTurns();
}

/** The next turn gets another number: turns are only told apart where it matters. */
export function numberNextTurn(): void {
  if (!turnsScheduled) scheduleTurns();
}

/** Asked when much was read. @returns milliseconds since that was asked first in this turn */
export function readingTime(): number {
  const time = performance.now();
  if (readingSince >= 0) return time - readingSince;
  readingSince = time;
  scheduleTurns();
  return 0;
}

/**
 * Goes on when it is its turn among the connections with heavy work, of which only a few get a slice
 * of a turn: however many peers send messages that inflate to large ones, the others wait
 * milliseconds.
 * @param isMidway whether it holds half of something large, and goes on before the others: when all begin
 *   and none ends, all of them hold one
 */
export function nextBusyTurn(taker: TurnTaker, isMidway = false): void {
  (isMidway ? midway : busy).push(taker);
  schedule();
}

function schedule(): void {
  if (scheduled || busy.length + midway.length === 0) return;
  scheduled = true;
  inRootContext(scheduleBusyTurns);
}

function scheduleTurns(): void {
  if (turnsScheduled) return;
  turnsScheduled = true;
  inRootContext(setTurns);
}

function setTurns(): void {
  setImmediate(takeTurns);
}

function scheduleBusyTurns(): void {
  setImmediate(takeBusyTurns);
}

function takeTurns(): void {
  turnsScheduled = false;
  readingSince = -1;
  turnNumber = (turnNumber + 1) & 0xffffff;
  const turns = waiting;
  waiting = [];
  const ends = performance.now() + TURN_TIME;
  let done = 0;
  try {
    while (done < turns.length) {
      turns[done++]!.takeTurn();
      if (performance.now() > ends) break;
    }
  } finally {
    // Also when a listener throws, which ends its own turn alone.
    if (done < turns.length) waiting = turns.slice(done).concat(waiting);
    if (waiting.length > 0) scheduleTurns();
  }
}

function takeBusyTurns(): void {
  scheduled = false;
  const turns = midway.concat(busy);
  midway = [];
  const count = Math.max(1, turns[0]!.turnsAtOnce);
  busy = turns.slice(count);
  let done = 0;
  try {
    while (done < count && done < turns.length) turns[done++]!.takeTurn();
  } finally {
    // A listener that throws ends its own turn, not those of the connections behind it.
    if (done < count) busy.unshift(...turns.slice(done, count));
    schedule();
  }
}
