import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Heartbeat, type HeartbeatOwner, type HeartbeatTimes } from './heartbeat.js';
import { now } from '../runtime/timer-wheel.js';

const OFF: HeartbeatTimes = {
  pingInterval: 0,
  pongTimeout: 0,
  idleTimeout: 0,
  maxLifetime: 0,
  closeTimeout: 0,
  sendStallTimeout: 0,
  sendStallBytes: 0,
};

/** How late the wheel may be. */
const LATE = 41;

class FakeOwner implements HeartbeatOwner {
  readonly calls: string[] = [];
  stalled = -1;
  bufferedAmount = 0;
  hasSaidAll = false;
  reading = true;
  isPaused = false;
  onPing = (): void => {};

  ping(): void {
    this.calls.push('ping');
    this.onPing();
  }
  stalledSince(): number {
    return this.stalled;
  }
  isReading(): boolean {
    return this.reading;
  }
  look(): void {
    if (this.isPaused) this.calls.push('look');
  }
  close(_code: number, reason: string): void {
    this.calls.push(reason);
  }
  giveUp(_code: number, _why: string, errorCode: string): void {
    this.calls.push(errorCode);
  }
  terminate(): void {
    this.calls.push('terminated');
  }
}

describe('heartbeat', () => {
  let owner: FakeOwner;
  let heartbeat: Heartbeat | undefined;

  function begin(times: Partial<HeartbeatTimes>): Heartbeat {
    heartbeat = new Heartbeat({ ...OFF, ...times }, owner);
    return heartbeat;
  }

  beforeEach(() => {
    jest.useFakeTimers();
    owner = new FakeOwner();
  });

  afterEach(() => {
    heartbeat?.stop();
    jest.useRealTimers();
  });

  it('keeps no deadline when all times are 0', () => {
    expect(begin({}).running).toBe(false);
  });

  it('pings at every interval', () => {
    const beat = begin({ pingInterval: 1000, pongTimeout: 500 });
    for (let pings = 1; pings <= 3; pings++) {
      jest.advanceTimersByTime(1000 + LATE);
      expect(owner.calls).toEqual(Array.from({ length: pings }, () => 'ping'));
      beat.lastReceived = now();
      beat.pongReceived();
    }
  });

  it('measures the time from a ping to its pong', () => {
    const beat = begin({ pingInterval: 1000 });
    expect(beat.latency).toBe(-1);
    jest.advanceTimersByTime(1000);
    expect(owner.calls).toEqual(['ping']);
    jest.advanceTimersByTime(70);
    beat.pongReceived();
    expect(beat.latency).toBe(70);
  });

  it('measures nothing by a pong nobody asked for', () => {
    const beat = begin({ pingInterval: 1000 });
    beat.pongReceived();
    expect(beat.latency).toBe(-1);
  });

  it('reports a missing pong after its time, once', () => {
    begin({ pingInterval: 1000, pongTimeout: 300 });
    jest.advanceTimersByTime(1000 + 299);
    expect(owner.calls).toEqual(['ping']);
    jest.advanceTimersByTime(LATE * 2);
    expect(owner.calls).toEqual(['ping', 'WS_ERR_PONG_TIMEOUT']);
    jest.advanceTimersByTime(10_000);
    expect(owner.calls).toEqual(['ping', 'WS_ERR_PONG_TIMEOUT']);
  });

  it('reports it, too, where a pong may take longer than the next ping', () => {
    begin({ pingInterval: 100, pongTimeout: 250 });
    jest.advanceTimersByTime(350 - LATE);
    expect(owner.calls).not.toContain('WS_ERR_PONG_TIMEOUT');
    jest.advanceTimersByTime(3 * LATE);
    expect(owner.calls.at(-1)).toBe('WS_ERR_PONG_TIMEOUT');
  });

  it('takes any byte after the ping for a sign of life', () => {
    const beat = begin({ pingInterval: 1000, pongTimeout: 300 });
    jest.advanceTimersByTime(1000 + LATE);
    beat.lastReceived = now();
    jest.advanceTimersByTime(900);
    expect(owner.calls).toEqual(['ping']);
  });

  it('does not wait for pongs when their time is 0', () => {
    begin({ pingInterval: 1000 });
    jest.advanceTimersByTime(3000 + 3 * LATE);
    expect(owner.calls).toEqual(['ping', 'ping', 'ping']);
  });

  it('reports silence after the idle time', () => {
    const beat = begin({ idleTimeout: 500 });
    jest.advanceTimersByTime(400);
    beat.lastReceived = now();
    jest.advanceTimersByTime(499);
    expect(owner.calls).toEqual([]);
    jest.advanceTimersByTime(LATE);
    expect(owner.calls).toEqual(['Idle for too long']);
  });

  it('takes no silence amiss while the socket is not read', () => {
    begin({ idleTimeout: 500, pingInterval: 200, pongTimeout: 100 });
    owner.reading = false;
    jest.advanceTimersByTime(5000);
    expect(new Set(owner.calls)).toEqual(new Set(['ping']));
    owner.reading = true;
    jest.advanceTimersByTime(5000);
    expect(owner.calls.at(-1)).toBe('WS_ERR_PONG_TIMEOUT');
  });

  it('looks for the peer of a paused connection after each ping', () => {
    begin({ pingInterval: 1000 });
    owner.isPaused = true;
    jest.advanceTimersByTime(2000 + 2 * LATE);
    expect(owner.calls).toEqual(['ping', 'look', 'ping', 'look']);
  });

  it('looks for it every half a minute where there are no pings, while it is paused', () => {
    const beat = begin({});
    owner.isPaused = true;
    beat.paused();
    jest.advanceTimersByTime(60_000 + 2 * LATE);
    expect(owner.calls).toEqual(['look', 'look']);
    owner.isPaused = false;
    jest.advanceTimersByTime(60_000);
    expect(owner.calls).toHaveLength(2);
    expect(beat.running).toBe(false);
  });

  it('ends a lifetime at most a tenth early', () => {
    const random = jest.spyOn(Math, 'random');
    for (const [value, earliest] of [
      [0, 10_000],
      [0.999, 9_000],
    ] as const) {
      random.mockReturnValue(value);
      owner = new FakeOwner();
      begin({ maxLifetime: 10_000 });
      jest.advanceTimersByTime(earliest - LATE);
      expect(owner.calls).toEqual([]);
      jest.advanceTimersByTime(2 * LATE + 2);
      expect(owner.calls).toEqual(['Maximum lifetime reached']);
    }
    random.mockRestore();
  });

  it('reports a peer that takes nothing for too long', () => {
    const beat = begin({ sendStallTimeout: 300 });
    expect(beat.running).toBe(false);
    owner.stalled = now();
    beat.blocked();
    jest.advanceTimersByTime(200);
    owner.stalled = now();
    jest.advanceTimersByTime(299);
    expect(owner.calls).toEqual([]);
    jest.advanceTimersByTime(LATE);
    expect(owner.calls).toEqual(['WS_ERR_SEND_STALLED']);
  });

  it('leaves a peer alone that takes nothing while less waits than may, and looks again', () => {
    const beat = begin({ sendStallTimeout: 300, sendStallBytes: 1_000 });
    owner.stalled = now();
    owner.bufferedAmount = 999;
    beat.blocked();
    jest.advanceTimersByTime(3_000);
    expect(owner.calls).toEqual([]);
    owner.bufferedAmount = 1_000;
    jest.advanceTimersByTime(30 + LATE);
    expect(owner.calls).toEqual(['WS_ERR_SEND_STALLED']);
  });

  it('forgets a stall that has passed', () => {
    const beat = begin({ sendStallTimeout: 300 });
    owner.stalled = now();
    beat.blocked();
    owner.stalled = -1;
    jest.advanceTimersByTime(1000);
    expect(owner.calls).toEqual([]);
    expect(beat.running).toBe(false);
  });

  it('sets no stall deadline when that time is 0', () => {
    const beat = begin({});
    owner.stalled = now();
    beat.blocked();
    expect(beat.running).toBe(false);
  });

  it('gives a peer that was told everything 5 s of a longer closing handshake', () => {
    const beat = begin({ closeTimeout: 30_000 });
    beat.closing();
    jest.advanceTimersByTime(14_000);
    expect(owner.calls).toEqual([]);
    owner.hasSaidAll = true;
    jest.advanceTimersByTime(1_000 + LATE);
    expect(owner.calls).toEqual(['terminated']);
  });

  it('gives the closing handshake its time and minds nothing else meanwhile', () => {
    const beat = begin({
      pingInterval: 100,
      pongTimeout: 50,
      idleTimeout: 150,
      sendStallTimeout: 50,
      maxLifetime: 200,
      closeTimeout: 1000,
    });
    beat.closing();
    owner.stalled = now();
    beat.blocked();
    jest.advanceTimersByTime(999);
    expect(owner.calls).toEqual([]);
    jest.advanceTimersByTime(LATE);
    expect(owner.calls).toEqual(['terminated']);
  });

  it.each([
    [1000, ['ping', 'terminated']],
    [0, ['ping']],
  ])('keeps a closing time of %i that began with a ping', (closeTimeout, calls) => {
    const beat = begin({ pingInterval: 5000, closeTimeout });
    owner.onPing = () => beat.closing();
    jest.advanceTimersByTime(6000 + 2 * LATE);
    expect(owner.calls).toEqual(calls);
    expect(beat.running).toBe(false);
  });

  it('counts the closing time from the first call', () => {
    const beat = begin({ closeTimeout: 1000 });
    beat.closing();
    jest.advanceTimersByTime(800);
    beat.closing();
    jest.advanceTimersByTime(200 + LATE);
    expect(owner.calls).toEqual(['terminated']);
  });

  it('lets a closing handshake take for ever when its time is 0', () => {
    const beat = begin({ pingInterval: 100 });
    beat.closing();
    jest.advanceTimersByTime(100_000);
    expect(owner.calls).toEqual([]);
    expect(beat.running).toBe(false);
  });
});
