import { inRootContext } from './root-context.js';

/**
 * One timer for all connections of a process. A hashed wheel (Varghese and Lauck) makes starting,
 * moving and stopping a deadline a few pointer writes, where a Node timer per connection costs an
 * object, a list and a heap entry each.
 */

/** Milliseconds; deadlines are met up to this much late, never early. */
const TICK = 20;
/** A turn of the wheel is about 82 s; later deadlines wait in their slot for another turn. */
const SLOTS = 4096;

/** Whole milliseconds, which take no memory of their own, on a clock that never goes back. */
export function now(): number {
  return Math.floor(performance.now());
}

/** A deadline that can be moved. Subclass or assign `expired`. */
export abstract class WheelTimer {
  /** @internal */ tick = -1;
  /** @internal */ previous: WheelTimer | null = null;
  /** @internal */ next: WheelTimer | null = null;

  /** Called once when the deadline has passed; may start the timer again. */
  protected abstract expired(time: number): void;

  /** @internal */
  fire(time: number): void {
    this.expired(time);
  }

  get running(): boolean {
    return this.tick >= 0;
  }

  /** Sets the deadline `delay` milliseconds from now, replacing an earlier one. */
  start(delay: number): void {
    this.stop();
    insert(this, Math.ceil((now() + delay) / TICK));
  }

  /** Moves the deadline nearer if `delay` milliseconds from now is earlier than it. */
  startNoLaterThan(delay: number): void {
    const tick = Math.ceil((now() + delay) / TICK);
    if (this.tick < 0 || tick < this.tick) this.start(delay);
  }

  stop(): void {
    if (this.tick >= 0) remove(this);
  }
}

const slots: (WheelTimer | null)[] = Array.from({ length: SLOTS }, () => null);
let count = 0;
// Every tick up to this one has been served.
let currentTick = Math.floor(now() / TICK);
let wakeTick = Infinity;
let wake: NodeJS.Timeout | undefined;
/** How long after a test has put the clock back the wheel goes by it again. */
const WATCH = 1_000;
const processTimeout = setTimeout;
// Whose timer wakes the wheel: tests put a clock of their own in the place of the process's, and back.
let armedWith = setTimeout;
let disarm = clearTimeout;
let watching = false;

function insert(timer: WheelTimer, deadline: number): void {
  if (count === 0) currentTick = Math.floor(now() / TICK);
  else if (armedWith !== setTimeout) changeClock();
  link(timer, deadline);
}

function link(timer: WheelTimer, deadline: number): void {
  // A tick that was served already comes round only with the next turn of the wheel.
  const tick = Math.max(deadline, currentTick + 1);
  const slot = tick % SLOTS;
  const first = slots[slot] ?? null;
  timer.tick = tick;
  timer.previous = null;
  timer.next = first;
  if (first !== null) first.previous = timer;
  slots[slot] = timer;
  count++;
  if (tick < wakeTick) sleepUntil(tick);
}

function remove(timer: WheelTimer): void {
  if (timer.next !== null) timer.next.previous = timer.previous;
  if (timer.previous !== null) timer.previous.next = timer.next;
  else slots[timer.tick % SLOTS] = timer.next;
  timer.tick = -1;
  timer.previous = null;
  timer.next = null;
  if (--count > 0) return;
  disarm(wake);
  wakeTick = Infinity;
}

/** Another clock is there: every deadline is as far from its time as it was from that of the one before. */
function changeClock(): void {
  const timers: WheelTimer[] = [];
  slots.forEach((first, slot) => {
    for (let timer = first; timer !== null; timer = timer.next) timers.push(timer);
    slots[slot] = null;
  });
  const before = currentTick;
  currentTick = Math.floor(now() / TICK);
  count = 0;
  disarm(wake);
  wakeTick = Infinity;
  for (const timer of timers) link(timer, timer.tick + currentTick - before);
}

/** A timer of the process itself finds out when a clock was put back that will never wake the wheel. */
function watch(): void {
  if (watching || armedWith === processTimeout) return;
  watching = true;
  const look = (): void => {
    watching = false;
    if (count === 0) return;
    if (armedWith === setTimeout) watch();
    else changeClock();
  };
  inRootContext(() => processTimeout(look, WATCH).unref());
}

function sleepUntil(tick: number): void {
  disarm(wake);
  armedWith = setTimeout;
  disarm = clearTimeout;
  watch();
  wakeTick = tick;
  // At most one turn of the wheel, for Node takes a delay of 2^31 ms or more for 1 ms.
  const delay = Math.min(Math.max(1, tick * TICK - now()), SLOTS * TICK);
  // Unreferenced: deadlines of connections must not keep a process alive, their sockets do.
  wake = inRootContext(wakeIn, delay);
}

function wakeIn(delay: number): NodeJS.Timeout {
  return setTimeout(turn, delay).unref();
}

function turn(): void {
  const time = now();
  const target = Math.floor(time / TICK);
  // After a long stall one full turn visits every slot; more would visit them again for nothing.
  let tick = Math.max(currentTick + 1, target - SLOTS + 1);
  // What expires may start timers: they go behind what is served now, and `wake` is set at the end.
  currentTick = target;
  wakeTick = -1;
  try {
    for (; tick <= target; tick++) serve(tick % SLOTS, target, time);
  } finally {
    // One that throws must not take the deadlines of other connections with it.
    if (tick <= target) currentTick = tick - 1;
    wakeTick = Infinity;
    if (count > 0) sleepUntil(nextOccupied(currentTick));
  }
}

function serve(slot: number, target: number, time: number): void {
  // Collected first, for an expiring timer may stop or start others of the same slot.
  const due: WheelTimer[] = [];
  for (let timer = slots[slot] ?? null; timer !== null; timer = timer.next) {
    if (timer.tick <= target) due.push(timer);
  }
  for (const timer of due) {
    if (timer.tick < 0 || timer.tick > target) continue;
    remove(timer);
    timer.fire(time);
  }
}

function nextOccupied(after: number): number {
  for (let tick = after + 1; tick <= after + SLOTS; tick++) {
    if (slots[tick % SLOTS] !== null) return tick;
  }
  return after + SLOTS;
}
