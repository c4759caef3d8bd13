import { describe, expect, it } from '@jest/globals';
import { Lane } from './lane.js';

class Job {
  constructor(
    readonly n: number,
    readonly bytes = 1,
  ) {}
}

/** A lane of numbered jobs: even ones finish at once, odd ones when told. */
function setUp(concurrency: number, queueSize: number, queueBytes = 1000) {
  const log: string[] = [];
  const lane: Lane<Job> = new Lane<Job>(
    { concurrency, queueSize, queueBytes },
    {
      run: (job) => {
        log.push(`run ${job.n}`);
        return job.n % 2 === 0;
      },
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
    },
  );
  return { lane, log };
}

describe('a lane', () => {
  it('is idle until as many jobs run as may', () => {
    const { lane } = setUp(2, 16);
    expect(lane.idle).toBe(true);
    lane.occupy();
    expect(lane.idle).toBe(true);
    lane.occupy();
    expect(lane.idle).toBe(false);
    lane.done();
    expect(lane.idle).toBe(true);
  });

  it('is not idle while jobs wait, so that nobody overtakes them', () => {
    const { lane } = setUp(1, 16);
    lane.occupy();
    lane.push(new Job(1));
    lane.done();
    expect(lane.idle).toBe(false);
  });

  it('starts queued jobs in order, synchronous ones in one go', () => {
    const { lane, log } = setUp(1, 16);
    lane.occupy();
    for (const job of [2, 4, 1, 6]) lane.push(new Job(job));
    lane.done();
    expect(log).toEqual(['run 2', 'run 4', 'run 1']);
    lane.done();
    expect(log).toEqual(['run 2', 'run 4', 'run 1', 'run 6']);
    expect([lane.running, lane.queued]).toEqual([0, 0]);
  });

  it('pauses at its bound, not below it, and once', () => {
    const { lane, log } = setUp(1, 4);
    lane.occupy();
    for (const job of [1, 3, 5]) lane.push(new Job(job));
    expect(log).toEqual([]);
    lane.push(new Job(7));
    lane.push(new Job(9));
    expect(log).toEqual(['pause']);
    expect(lane.queued).toBe(5);
  });

  it('resumes below half its bound, not at it, and once', () => {
    const { lane, log } = setUp(1, 4);
    lane.occupy();
    for (const job of [1, 3, 5, 7]) lane.push(new Job(job));
    lane.done();
    lane.done();
    expect(log).toEqual(['pause', 'run 1', 'run 3']);
    lane.done();
    expect(log).toEqual(['pause', 'run 1', 'run 3', 'run 5', 'resume']);
    lane.done();
    expect(log.filter((line) => line === 'resume')).toHaveLength(1);
  });

  it('pauses at its bound of bytes, however few messages they are, and resumes below half of it', () => {
    const { lane, log } = setUp(1, 100, 1000);
    lane.occupy();
    lane.push(new Job(1, 500));
    lane.push(new Job(3, 499));
    expect(log).toEqual([]);
    lane.push(new Job(5, 1));
    lane.push(new Job(7, 499));
    expect(log).toEqual(['pause']);
    lane.done();
    lane.done();
    expect(log).toEqual(['pause', 'run 1', 'run 3']);
    lane.done();
    expect(log).toEqual(['pause', 'run 1', 'run 3', 'run 5', 'resume']);
  });

  it('counts the bytes of taken out and forgotten jobs no more', () => {
    const { lane, log } = setUp(1, 100, 1000);
    lane.occupy();
    lane.push(new Job(1, 900));
    lane.remove(({ n }) => n === 1);
    lane.push(new Job(3, 999));
    lane.clear();
    lane.push(new Job(5, 999));
    expect(log).toEqual([]);
    lane.push(new Job(7, 1));
    expect(log).toEqual(['pause']);
  });

  it('resumes with a bound of one', () => {
    const { lane, log } = setUp(1, 1);
    lane.occupy();
    lane.push(new Job(2));
    lane.done();
    expect(log).toEqual(['pause', 'run 2', 'resume']);
  });

  it('keeps the order when resuming delivers at once', () => {
    const log: number[] = [];
    let delivered = false;
    const lane: Lane<Job> = new Lane<Job>(
      { concurrency: 1, queueSize: 2, queueBytes: 1000 },
      {
        run: (job) => {
          log.push(job.n);
          return true;
        },
        pause: () => {},
        resume: () => {
          if (delivered) return;
          delivered = true;
          if (lane.idle) log.push(3);
          else lane.push(new Job(3));
        },
      },
    );
    lane.occupy();
    lane.push(new Job(1));
    lane.push(new Job(2));
    lane.done();
    expect(log).toEqual([1, 2, 3]);
  });

  it('takes out queued jobs that match', () => {
    const { lane, log } = setUp(1, 16);
    lane.occupy();
    for (const job of [1, 2, 3, 4]) lane.push(new Job(job));
    expect(lane.remove((job) => job.n % 2 === 1)).toEqual([new Job(1), new Job(3)]);
    lane.done();
    expect(log).toEqual(['run 2', 'run 4']);
  });

  it('forgets its queue when cleared and survives jobs that finish later', () => {
    const { lane, log } = setUp(1, 1);
    lane.occupy();
    lane.push(new Job(2));
    lane.clear();
    lane.done();
    lane.done();
    expect(log).toEqual(['pause']);
    expect(lane.running).toBe(0);
  });

  it('runs a full queue of synchronous jobs without deepening the stack', () => {
    const { lane } = setUp(1, 1_000_000);
    lane.occupy();
    for (let job = 0; job < 20_000; job++) lane.push(new Job(job * 2));
    lane.done();
    expect(lane.queued).toBe(0);
  });
});
