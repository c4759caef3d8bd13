import { describe, expect, it } from '@jest/globals';
import type { LogNews } from '#hub';
import { ConnectionLost } from '../client/reply-error.js';
import type { AppendBatch, WaitingAppend } from './append-batch.js';
import { RoomAppends, type AppendPort } from './room-appends.js';

const BOUNDS = { maxMessages: 10, maxBytes: 1_000, maxAge: 1_000 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

function room(answer: (batch: AppendBatch) => Error | undefined) {
  const sent: string[] = [];
  const settled: string[] = [];
  let sequence = 0;
  const port = {
    session: { id: 1 } as object | undefined,
    idles: 0,
    nextSequence: () => ++sequence,
    async send(_room: string, batch: AppendBatch): Promise<LogNews[]> {
      sent.push(`${batch.sequence}:${batch.appends.map(({ body }) => String(body)).join()}`);
      const error = answer(batch);
      await turn();
      if (error !== undefined) throw error;
      return batch.appends.map(({ body }, at) => ({ epoch: 'e', offset: at + 1, time: 1, body }));
    },
    idle: () => void port.idles++,
  };
  const appends = new RoomAppends('x', port satisfies AppendPort);
  const add = (text: string, deadline = 100, id?: string): void => {
    const append: WaitingAppend = {
      body: Buffer.from(text),
      bounds: BOUNDS,
      id,
      deadline,
      resolve: ({ offset }) => settled.push(`${text}=${offset}`),
      reject: (error) => settled.push(`${text}: ${(error as Error).message}`),
      settled: false,
    };
    appends.add(append);
  };
  return { appends, add, port, sent, settled };
}

describe('appends of a room', () => {
  it('go one batch at a time, and by themselves when they have an id', async () => {
    const { add, port, sent, settled } = room(() => undefined);
    add('a');
    add('b');
    await turn();
    add('c');
    add('d', 100, 'id');
    add('e');
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(sent).toEqual(['1:a,b', '2:c', '3:d', '4:e']);
    expect(settled).toEqual(['a=1', 'b=2', 'c=1', 'd=1', 'e=1']);
    expect(port.idles).toBe(1);
  });

  it('are sent again with the next session under the same number, and not before', async () => {
    let lost: Error | undefined = new ConnectionLost('gone');
    const { appends, add, port, sent, settled } = room(() => lost);
    add('a');
    for (let turns = 0; turns < 20; turns++) await turn();
    add('b');
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(sent.length).toBeLessThanOrEqual(2);
    port.session = undefined;
    appends.flush();
    lost = undefined;
    port.session = { id: 2 };
    appends.flush();
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(sent.slice(-2)).toEqual(['1:a', '2:b']);
    expect(settled).toEqual(['a=1', 'b=1']);
  });

  it('are refused one batch at a time by a server that answers', async () => {
    const { add, settled } = room(({ sequence }) =>
      sequence === 1 ? new Error('OOM') : undefined,
    );
    add('a');
    await turn();
    add('b');
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(settled).toEqual(['a: OOM', 'b=1']);
  });

  it('are given up when their time is over, and not sent again then', async () => {
    const { appends, add, port, sent, settled } = room(() => new ConnectionLost('gone'));
    add('a', 10);
    await turn();
    add('b', 20);
    await turn();
    port.session = undefined;
    await turn();
    appends.expire(10, () => new Error('late'));
    appends.expire(20, () => new Error('late'));
    const count = sent.length;
    port.session = { id: 2 };
    appends.flush();
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(sent).toHaveLength(count);
    expect(settled).toEqual(['a: late', 'b: late']);
  });
});
