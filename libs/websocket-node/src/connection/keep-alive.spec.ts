import { describe, expect, it } from '@jest/globals';
import { KeepAlive, type KeepAliveOwner, type Pausable } from './keep-alive.js';

/** A keep-alive whose clock is turned by hand. */
class Watched extends KeepAlive {
  look_(time: number): void {
    this.stop();
    this.expired(time);
  }
}

function watch(
  interval: number,
  grace: number,
): {
  owner: {
    bytesRead: number;
    isPaused: boolean;
    isReadable: boolean;
    pings: number;
    silent: number;
  } & KeepAliveOwner &
    Pausable;
  timer: Watched;
  start: number;
} {
  const owner = {
    socket: { bytesRead: 0 },
    isPaused: false,
    isReadable: false,
    look() {
      return this.isReadable;
    },
    pings: 0,
    silent: 0,
    get bytesRead() {
      return this.socket.bytesRead;
    },
    set bytesRead(count: number) {
      this.socket.bytesRead = count;
    },
    ping() {
      this.pings++;
    },
    drop() {
      this.silent++;
    },
  };
  const start = performance.now();
  return { owner, timer: new Watched(interval, grace, owner, owner), start };
}

describe('keep-alive', () => {
  it('pings after the interval and reports silence after the grace period', () => {
    const { owner, timer, start } = watch(1000, 500);
    timer.look_(start + 900);
    expect(owner.pings).toBe(0);
    timer.look_(start + 1010);
    expect([owner.pings, owner.silent]).toEqual([1, 0]);
    timer.look_(start + 1400);
    expect(owner.silent).toBe(0);
    timer.look_(start + 1520);
    expect([owner.pings, owner.silent, timer.running]).toEqual([1, 1, false]);
  });

  it('starts again with what it hears', () => {
    const { owner, timer, start } = watch(1000, 500);
    timer.look_(start + 1010);
    owner.bytesRead = 1;
    timer.look_(start + 1520);
    expect(owner.silent).toBe(0);
    timer.look_(start + 2400);
    expect(owner.pings).toBe(1);
    timer.look_(start + 2530);
    expect(owner.pings).toBe(2);
    timer.stop();
  });

  it('pings again an interval after the answer, however long the grace period is', () => {
    const { owner, timer, start } = watch(100, 100_000);
    timer.look_(start + 110);
    owner.bytesRead = 1;
    timer.look_(start + 220);
    timer.look_(start + 330);
    expect([owner.pings, owner.silent]).toEqual([2, 0]);
    timer.stop();
  });

  it('goes on pinging without a grace period', () => {
    const { owner, timer, start } = watch(1000, 0);
    for (let count = 1; count <= 3; count++) timer.look_(start + count * 1010);
    expect([owner.pings, owner.silent]).toEqual([3, 0]);
    timer.stop();
  });

  it('takes no silence for a proof while nothing is read', () => {
    const { owner, timer, start } = watch(1000, 500);
    owner.isPaused = true;
    for (let count = 1; count <= 5; count++) timer.look_(start + count * 1010);
    expect([owner.pings, owner.silent]).toEqual([5, 0]);
    timer.stop();
  });

  it('looks for the peer of a paused connection, and takes its silence for a proof', () => {
    const { owner, timer, start } = watch(1000, 500);
    owner.isPaused = true;
    owner.isReadable = true;
    timer.look_(start + 1010);
    owner.bytesRead++;
    timer.look_(start + 1520);
    timer.look_(start + 2030);
    expect([owner.pings, owner.silent]).toEqual([2, 0]);
    timer.look_(start + 2540);
    expect([owner.pings, owner.silent, timer.running]).toEqual([2, 1, false]);
  });

  it('counts a message as it comes, not when the timer looks', () => {
    const { owner, timer } = watch(1000, 500);
    timer.heard();
    const heard = performance.now();
    timer.look_(heard + 1010);
    expect(owner.pings).toBe(1);
    timer.stop();
  });
});
