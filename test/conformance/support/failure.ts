import { expect } from '@jest/globals';
import { wordsOf } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import { segmentations, type Ends } from './ends.js';

/**
 * Sends `bytes` to a fresh connection for every way to cut them into TCP segments, and expects that
 * the end fails each of them in the same way (RFC 6455 7.1.7): one Close frame with this code, the end
 * of TCP, and one error under this name.
 */
export async function expectFailure(
  ends: Ends,
  bytes: Buffer,
  closeCode: number,
  errorCode: string,
): Promise<void> {
  for (const pieces of segmentations(bytes, 24)) {
    const end = await ends.open();
    await end.peer.trickle(pieces);
    const frames = await end.peer.framesToEnd();
    expect(frames.map((frame) => wordsOf(frame).slice(0, 2))).toEqual([[8, closeCode]]);
    end.peer.end();
    await end.heard.closed();
    expect(end.heard.words.filter(([what]) => what !== 'close')).toEqual([['error', errorCode]]);
    await end.peer.destroy();
  }
}
