/** Something with output to hand to its socket. */
export interface Flushable {
  flushOnSchedule(): void;
}

/** From so many connections on, looking what else has arrived takes nothing beside flushing them. */
const MANY = 64;

let soon: Flushable[] = [];
let thisTurn: Flushable[] = [];
let looked = false;

/** Flushes when the running callback is done: for sends outside of a received chunk. */
export function flushSoon(item: Flushable): void {
  if (soon.push(item) === 1) process.nextTick(flushAllSoon);
}

/**
 * Flushes at the end of this turn of the event loop: for broadcasts, so that all that reaches a
 * connection in one turn, from whichever sender, leaves with one write. When many connections wait, the
 * loop polls once more before, without blocking: a broadcast that has just arrived joins this one.
 */
export function flushThisTurn(item: Flushable): void {
  if (thisTurn.push(item) === 1) setImmediate(flushAllThisTurn);
}

function flushAllSoon(): void {
  const items = soon;
  soon = [];
  let done = 0;
  try {
    while (done < items.length) items[done++]!.flushOnSchedule();
  } finally {
    // A listener that throws ends its own flush, not those of the connections behind it.
    while (done < items.length) flushSoon(items[done++]!);
  }
}

function flushAllThisTurn(): void {
  if (!looked && thisTurn.length >= MANY) {
    looked = true;
    setImmediate(flushAllThisTurn);
    return;
  }
  looked = false;
  const items = thisTurn;
  thisTurn = [];
  let done = 0;
  try {
    while (done < items.length) items[done++]!.flushOnSchedule();
  } finally {
    while (done < items.length) flushThisTurn(items[done++]!);
  }
}
