import { describe, expect, it } from '@jest/globals';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { SendSequence, type SendJob } from './send-sequence.js';

/** A sequence, what it has sent, and when it was empty. */
function recorded() {
  const log: string[] = [];
  let done: (() => void) | undefined;
  const emptied = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sequence = new SendSequence(() => {
    log.push('emptied');
    done!();
  });
  const job = (name: string, blob: Blob | null = null): SendJob => ({
    size: blob?.size ?? name.length,
    blob,
    send: (bytes) => log.push(bytes === null ? name : `${name}: ${bytes.toString()}`),
    failed: (error) => log.push(`${name}: ${error.message}`),
  });
  return { sequence, log, job, emptied };
}

function broken(): never {
  throw new Error('broken');
}

/** A Blob that cannot be read, such as one of a file that has changed. */
class BrokenBlob extends Blob {
  override async arrayBuffer(): Promise<ArrayBuffer> {
    throw new Error('unreadable');
  }
}

describe('what is sent in sequence', () => {
  it('waits behind a Blob, in order', async () => {
    const { sequence, log, job, emptied } = recorded();
    sequence.add(job('first', new Blob(['one'])));
    sequence.add(job('second'));
    sequence.add(job('third', new Blob(['three'])));
    sequence.add(job('fourth'));
    expect(log).toEqual([]);
    expect(sequence.bytes).toBe(3 + 6 + 5 + 6);
    await emptied;
    expect(log).toEqual(['first: one', 'second', 'third: three', 'fourth', 'emptied']);
    expect(sequence.bytes).toBe(0);
  });

  it('goes on behind a Blob that cannot be read', async () => {
    const { sequence, log, job, emptied } = recorded();
    sequence.add(job('first', new BrokenBlob(['x'])));
    sequence.add(job('second'));
    await emptied;
    expect(log).toEqual(['first: unreadable', 'second', 'emptied']);
  });

  it('goes on behind a job that throws, whose error is not caught', async () => {
    const { sequence, log, job, emptied } = recorded();
    const thrown = nextUncaught();
    sequence.add({ ...job('first', new Blob(['one'])), send: broken });
    sequence.add(job('second'));
    expect((await thrown).message).toBe('broken');
    await emptied;
    expect(log).toEqual(['second', 'emptied']);
  });

  it('goes on behind one that throws when its turn has come', async () => {
    const { sequence, log, job, emptied } = recorded();
    const thrown = nextUncaught();
    sequence.add(job('first', new Blob(['one'])));
    sequence.add({ ...job('second'), send: broken });
    sequence.add(job('third'));
    expect((await thrown).message).toBe('broken');
    await emptied;
    expect(log).toEqual(['first: one', 'third', 'emptied']);
  });
});
