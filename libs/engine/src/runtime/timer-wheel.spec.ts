import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WheelTimer, now } from './timer-wheel.js';

/** The wheel's resolution in milliseconds. */
const TICK = 20;
/** One turn of the wheel. */
const TURN = 4096 * TICK;

/** Notes how late it fired, against the deadline it was started with. */
class Probe extends WheelTimer {
  readonly late: number[] = [];
  onExpired: () => void = () => {};
  private deadline = 0;

  override start(delay: number): void {
    this.deadline = now() + delay;
    super.start(delay);
  }

  protected override expired(): void {
    this.late.push(now() - this.deadline);
    this.onExpired();
  }
}

function started(delay: number): Probe {
  const probe = new Probe();
  probe.start(delay);
  return probe;
}

describe('timer wheel', () => {
  const probes: Probe[] = [];

  function start(delay: number): Probe {
    const probe = started(delay);
    probes.push(probe);
    return probe;
  }

  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    for (const probe of probes.splice(0)) probe.stop();
    jest.useRealTimers();
  });

  it('fires once, never early and at most one tick late', () => {
    const made = Array.from({ length: 3000 }, (_, index) => start(index * 1.3));
    jest.advanceTimersByTime(3000 * 1.3 + 2 * TICK);
    for (const probe of made) {
      expect(probe.late).toHaveLength(1);
      expect(probe.late[0]).toBeGreaterThanOrEqual(0);
      expect(probe.late[0]).toBeLessThanOrEqual(TICK + 1);
    }
  });

  it('runs from start to expiry, and from start to stop', () => {
    const expiring = start(50);
    const stopped = start(50);
    expect([expiring.running, stopped.running]).toEqual([true, true]);
    stopped.stop();
    stopped.stop();
    jest.advanceTimersByTime(100);
    expect([expiring.running, stopped.running]).toEqual([false, false]);
    expect(stopped.late).toEqual([]);
  });

  it('meets a delay of 0 within two ticks, also when the clock stands on a tick', () => {
    for (let offset = 0; offset < TICK; offset++) {
      const probe = start(0);
      jest.advanceTimersByTime(2 * TICK);
      expect(probe.late).toHaveLength(1);
      jest.advanceTimersByTime(1);
    }
  });

  it('meets an early deadline after a later one was set while another fired', () => {
    const repeating = start(100);
    repeating.onExpired = () => repeating.start(10_000);
    const waiting = start(200);
    jest.advanceTimersByTime(300);
    expect(repeating.late).toHaveLength(1);
    expect(waiting.late).toHaveLength(1);
  });

  it('meets an early deadline that was started after a far one', () => {
    start(60_000);
    const near = start(40);
    jest.advanceTimersByTime(40 + TICK);
    expect(near.late).toHaveLength(1);
  });

  it('replaces a deadline when started again', () => {
    const probe = start(50);
    jest.advanceTimersByTime(30);
    probe.start(100);
    jest.advanceTimersByTime(80);
    expect(probe.late).toEqual([]);
    jest.advanceTimersByTime(50);
    expect(probe.late).toHaveLength(1);
  });

  it('moves a deadline nearer but not further with startNoLaterThan', () => {
    const nearer = start(1000);
    const further = start(50);
    const fresh = new Probe();
    probes.push(fresh);
    nearer.startNoLaterThan(50);
    further.startNoLaterThan(1000);
    fresh.startNoLaterThan(50);
    jest.advanceTimersByTime(50 + 2 * TICK);
    expect(nearer.running || further.running || fresh.running).toBe(false);
  });

  it('lets a timer stop and start others of the same slot while it fires', () => {
    // The slot serves its latest first; each of the two stops its neighbours.
    const first = start(50);
    const middle = start(50);
    const last = start(50);
    const kill = () => {
      for (const probe of [first, last]) probe.stop();
      middle.start(100);
    };
    first.onExpired = kill;
    last.onExpired = kill;
    jest.advanceTimersByTime(100);
    expect(first.late.length + last.late.length).toBe(1);
    expect(middle.late).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(middle.late).toHaveLength(1);
  });

  it('can be started again by its own expiry, even without delay', () => {
    const probe = start(0);
    probe.onExpired = () => {
      if (probe.late.length < 5) probe.start(0);
    };
    jest.advanceTimersByTime(20 * TICK);
    expect(probe.late).toHaveLength(5);
  });

  it('keeps deadlines that are several turns away', () => {
    const delays = [TURN - 1, TURN, TURN + 1, 3 * TURN + 7];
    const made = delays.map(start);
    for (const [index, delay] of delays.entries()) {
      jest.advanceTimersByTime(delay - (delays[index - 1] ?? 0) - 1);
      expect(made[index]!.late).toEqual([]);
      jest.advanceTimersByTime(1);
    }
    jest.advanceTimersByTime(2 * TICK);
    expect(made.map((probe) => probe.late.length)).toEqual([1, 1, 1, 1]);
  });

  it('sleeps towards a deadline beyond what a Node timer can hold', () => {
    const setTimeout = jest.spyOn(globalThis, 'setTimeout');
    start(40 * 24 * 3600 * 1000);
    for (const [, delay] of setTimeout.mock.calls) expect(delay).toBeLessThan(2 ** 31);
    expect(setTimeout).toHaveBeenCalled();
  });

  it('serves everything that is due after the process stood still', () => {
    const made = [10, 500, TURN / 2, TURN * 2].map(start);
    const clock = performance.now();
    const stalled = jest.spyOn(performance, 'now').mockImplementation(() => clock + 3 * TURN);
    jest.advanceTimersByTime(2 * TICK);
    expect(made.map((probe) => probe.late.length)).toEqual([1, 1, 1, 1]);
    stalled.mockRestore();
  });

  it('serves the others when one throws', () => {
    const thrown = new Error('from a listener');
    const before = start(50);
    const throwing = start(50);
    const after = start(50);
    const later = start(5000);
    throwing.onExpired = () => {
      throw thrown;
    };
    expect(() => jest.advanceTimersByTime(100)).toThrow(thrown);
    jest.advanceTimersByTime(100);
    expect([before, throwing, after].map((probe) => probe.late.length)).toEqual([1, 1, 1]);
    jest.advanceTimersByTime(5000);
    expect(later.late).toHaveLength(1);
  });

  it('holds one Node timer, however many deadlines there are, and none for none', () => {
    for (let index = 0; index < 100; index++) start(1000 + index);
    expect(jest.getTimerCount()).toBe(1);
    for (const probe of probes) probe.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('timer wheel on the real clock', () => {
  it('is never early', async () => {
    const made = Array.from({ length: 200 }, (_, index) => started(index / 2));
    await new Promise<void>((resolve) => {
      const last = new Probe();
      last.onExpired = resolve;
      last.start(150);
      // The wheel keeps no process alive; something else has to while it is waited for.
      const alive = setInterval(() => {}, 1000);
      last.onExpired = () => {
        clearInterval(alive);
        resolve();
      };
    });
    for (const probe of made) expect(probe.late[0]).toBeGreaterThanOrEqual(0);
  });
});

describe('a clock that a test puts in the place of the process', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([false, true])('stops no deadline for good; with another behind it: %s', async (more) => {
    jest.useFakeTimers();
    const before = started(50);
    jest.useRealTimers();
    const after = more ? started(30) : before;
    while (before.late.length + after.late.length < 2) await sleep(5);
    expect([before.running, after.running]).toEqual([false, false]);
  });

  it('is gone by for deadlines from before and from after it came', () => {
    jest.useRealTimers();
    const before = started(1_000);
    jest.useFakeTimers();
    const after = started(200);
    jest.advanceTimersByTime(300);
    expect([before.late.length, after.late.length]).toEqual([0, 1]);
    jest.advanceTimersByTime(1_100);
    expect(before.late).toHaveLength(1);
  });
});
