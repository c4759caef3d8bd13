import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from '#hub';
import { Session } from './session.js';

/** What the wheel may be late. */
const TICK = 20;

/** Writes down, with the time, what a session does to it. */
class RecordingConnection {
  readonly seen: { at: number; did: string }[] = [];

  send(event: string, { expiresAt }: { expiresAt: number }): void {
    this.seen.push({ at: Date.now(), did: `${event} ${expiresAt}` });
  }

  close(code: number, reason: string): void {
    this.seen.push({ at: Date.now(), did: `close ${code} ${reason}` });
  }
}

describe('a session', () => {
  let connection: RecordingConnection;
  let session: Session | undefined;

  function begin(lifetime: number, notice: number): number {
    const expiresAt = Date.now() + lifetime;
    session = new Session(connection as unknown as Connection, expiresAt, notice);
    return expiresAt;
  }

  const events = (): string[] => connection.seen.map(({ did }) => did);

  beforeEach(() => {
    jest.useFakeTimers();
    connection = new RecordingConnection();
  });

  afterEach(() => {
    session?.stop();
    jest.useRealTimers();
  });

  it('gives one notice the said time before its end, then closes with 4401, neither early', () => {
    const expiresAt = begin(60_000, 30_000);
    jest.advanceTimersByTime(120_000);
    expect(events()).toEqual([`expiring ${expiresAt}`, 'close 4401 Session expired']);
    const late = connection.seen.map(
      ({ at }, index) => at - expiresAt + (index === 0 ? 30_000 : 0),
    );
    for (const milliseconds of late) {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      expect(milliseconds).toBeLessThanOrEqual(2 * TICK);
    }
  });

  it('gives the notice at once when less than its time is left', () => {
    const expiresAt = begin(1_000, 30_000);
    jest.advanceTimersByTime(2 * TICK);
    expect(events()).toEqual([`expiring ${expiresAt}`]);
  });

  it('gives none when none is wanted, or when it is over before it begins', () => {
    begin(1_000, 0);
    jest.advanceTimersByTime(2_000);
    begin(-1, 30_000);
    jest.advanceTimersByTime(2 * TICK);
    expect(events()).toEqual(Array(2).fill('close 4401 Session expired'));
  });

  it('waits on when the clock was set back', () => {
    begin(10_000, 0);
    jest.setSystemTime(Date.now() - 5_000);
    jest.advanceTimersByTime(14_000);
    expect(events()).toEqual([]);
    jest.advanceTimersByTime(1_000 + 2 * TICK);
    expect(events()).toEqual(['close 4401 Session expired']);
  });

  it('does nothing more once it is stopped', () => {
    begin(1_000, 500);
    session?.stop();
    jest.advanceTimersByTime(5_000);
    expect(events()).toEqual([]);
  });
});
