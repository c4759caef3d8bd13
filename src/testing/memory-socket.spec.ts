import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { MemorySocket } from './memory-socket.js';

describe('MemorySocket', () => {
  it('hands over what was written a turn later, as a copy', async () => {
    const [one, two] = MemorySocket.pair();
    const received: string[] = [];
    two.on('data', (chunk: Buffer) => received.push(chunk.toString()));
    const bytes = Buffer.from('hello');
    one.write(bytes);
    expect(received).toEqual([]);
    bytes.fill('x');
    await once(two, 'data');
    expect(received).toEqual(['hello']);
  });

  it('holds the writer back while nobody reads', async () => {
    const [one, two] = MemorySocket.pair();
    const chunk = Buffer.alloc(64 * 1024);
    let written = 0;
    for (let n = 0; n < 10; n++) one.write(chunk, () => written++);
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(3);
    let read = 0;
    two.on('data', ({ length }: Buffer) => (read += length));
    one.end();
    await once(two, 'end');
    expect(read).toBe(10 * chunk.length);
    expect(written).toBe(10);
  });

  it('shows the end of the other side, whether it ended or was destroyed', async () => {
    for (const way of ['end', 'destroy'] as const) {
      const [one, two] = MemorySocket.pair();
      two.resume();
      const ended = once(two, 'end');
      one[way]();
      await ended;
      // Half-open, as TCP is: this side may still write, to nobody.
      await new Promise((resolve) => two.write('late', resolve));
      two.destroy();
    }
  });

  it('tells a server what a socket tells', () => {
    const [one] = MemorySocket.pair(true);
    expect(one).toMatchObject({ remoteAddress: '127.0.0.1', encrypted: true });
    expect(one.setTimeout().setNoDelay().setKeepAlive().ref().unref()).toBe(one);
  });
});
