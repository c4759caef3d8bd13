import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { SendQueue } from './send-queue.js';

const TEXT = 0x81;

describe('afterSent', () => {
  const sockets: SlowDuplex[] = [];

  function queueOn(): { queue: SendQueue; socket: SlowDuplex; told: string[] } {
    const socket = new SlowDuplex();
    sockets.push(socket);
    const owner = { queueEmptied() {}, queueBlocked() {} };
    return { queue: new SendQueue(socket, owner), socket, told: [] };
  }

  /** Adds a text and notes what its callback is told, with the bytes that had left by then. */
  function send(end: ReturnType<typeof queueOn>, text: string): void {
    end.queue.addText(TEXT, text, text.length, undefined);
    end.queue.afterSent((error) => {
      const code = error && 'code' in error ? String(error.code) : 'left';
      end.told.push(`${text} ${code} ${end.socket.bytes.length}`);
    });
  }

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  it('calls back in order once the bytes have left', async () => {
    const end = queueOn();
    send(end, 'a');
    send(end, 'b');
    expect(end.told).toEqual([]);
    await turn();
    expect(end.told).toEqual(['a left 6', 'b left 6']);
  });

  it('calls back for what is sent while a chunk is parsed', async () => {
    const end = queueOn();
    end.queue.cork();
    send(end, 'a');
    end.queue.uncork();
    expect(end.told).toEqual([]);
    await turn();
    expect(end.told).toEqual(['a left 3']);
  });

  it('calls back for a shared frame', async () => {
    const end = queueOn();
    end.queue.addShared(encodeFrame(1, Buffer.from('x')));
    end.queue.afterSent(() => end.told.push(`shared ${end.socket.bytes.length}`));
    await turn();
    await turn();
    expect(end.told).toEqual(['shared 3']);
  });

  it('calls back at once when nothing was sent', async () => {
    const end = queueOn();
    end.queue.afterSent(() => end.told.push('nothing'));
    await turn();
    expect(end.told).toEqual(['nothing']);
  });

  it('waits as long as the peer does', async () => {
    const end = queueOn();
    end.socket.block();
    send(end, 'a');
    await turn();
    send(end, 'b');
    await turn();
    expect(end.told).toEqual([]);
    end.socket.takeHeld();
    await turn();
    // The socket holds an empty write behind the first, which tells that the first has left.
    end.socket.takeHeld();
    await turn();
    expect(end.told).toEqual(['a left 3']);
    end.socket.unblock();
    await turn();
    expect(end.told).toEqual(['a left 3', 'b left 6']);
  });

  it('is told of an error, in order, when the connection is abandoned', async () => {
    const end = queueOn();
    end.socket.block();
    send(end, 'a');
    await turn();
    send(end, 'b');
    end.queue.abandon();
    await turn();
    const closed = 'WS_ERR_CONNECTION_CLOSED';
    expect(end.told).toEqual([`a ${closed} 0`, `b ${closed} 0`]);
    expect(end.queue.waitingFrames).toBe(0);
  });

  it('is not told that a message left which met a destroyed socket', async () => {
    const end = queueOn();
    send(end, 'a');
    end.socket.destroy();
    await turn();
    expect(end.told).toEqual([]);
    end.queue.abandon();
    await turn();
    expect(end.told).toEqual(['a WS_ERR_CONNECTION_CLOSED 0']);
  });

  it('is not told that a message left which met an ended socket', async () => {
    const end = queueOn();
    send(end, 'a');
    await turn();
    end.socket.end();
    send(end, 'b');
    await turn();
    expect(end.told).toEqual(['a left 3']);
    end.queue.abandon();
    await turn();
    expect(end.told).toEqual(['a left 3', 'b WS_ERR_CONNECTION_CLOSED 3']);
  });

  it('is told which messages were dropped, and of the others when they have left', async () => {
    const end = queueOn();
    end.socket.block();
    send(end, 'a');
    await turn();
    send(end, 'b');
    send(end, 'c');
    end.queue.dropWaiting();
    send(end, 'd');
    await turn();
    const full = 'WS_ERR_SEND_QUEUE_FULL';
    expect(end.told).toEqual([`b ${full} 0`, `c ${full} 0`]);
    end.socket.unblock();
    await turn();
    expect(end.told.slice(2)).toEqual(['a left 6', 'd left 6']);
  });
});
