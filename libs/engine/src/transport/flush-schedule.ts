/** Something with output to hand to its socket. */
export interface Flushable {
  flushOnSchedule(): void;
}

let soon: Flushable[] = [];
let thisTurn: Flushable[] = [];

/** Flushes when the running callback is done: for sends outside of a received chunk. */
export function flushSoon(item: Flushable): void {
  if (soon.push(item) === 1) process.nextTick(flushAllSoon);
}

/**
 * Flushes before the event loop polls again: for broadcasts, so that all that reaches a connection
 * in one turn, from whichever sender, leaves with one write.
 */
export function flushThisTurn(item: Flushable): void {
  if (thisTurn.push(item) === 1) setImmediate(flushAllThisTurn);
}

function flushAllSoon(): void {
  const items = soon;
  soon = [];
  for (const item of items) item.flushOnSchedule();
}

function flushAllThisTurn(): void {
  const items = thisTurn;
  thisTurn = [];
  for (const item of items) item.flushOnSchedule();
}
