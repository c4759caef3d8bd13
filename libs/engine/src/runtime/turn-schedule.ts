import { inRootContext } from './root-context.js';

/** A connection with received bytes that were left for another turn of the event loop. */
export interface TurnTaker {
  takeTurn(): void;
  /** How many busy connections may work in one turn, as its options say. */
  readonly turnsAtOnce: number;
}

let busy: TurnTaker[] = [];
let scheduled = false;

/** Goes on in the next turn. */
export function nextTurn(taker: TurnTaker): void {
  inRootContext(scheduleTurn, taker);
}

/**
 * Goes on when it is its turn among the connections with heavy work, of which only a few get a slice
 * of a turn: however many peers send messages that inflate to large ones, the others wait
 * milliseconds.
 */
export function nextBusyTurn(taker: TurnTaker): void {
  busy.push(taker);
  schedule();
}

function schedule(): void {
  if (scheduled || busy.length === 0) return;
  scheduled = true;
  inRootContext(scheduleBusyTurns);
}

function scheduleTurn(taker: TurnTaker): void {
  setImmediate(takeTurn, taker);
}

function scheduleBusyTurns(): void {
  setImmediate(takeBusyTurns);
}

function takeTurn(taker: TurnTaker): void {
  taker.takeTurn();
}

function takeBusyTurns(): void {
  scheduled = false;
  const turns = busy;
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
