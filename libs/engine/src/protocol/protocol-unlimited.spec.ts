import * as buffer from 'node:buffer';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as receiving from '../testing-fixtures/receive.js';

const MOST_TEXT = 1000;
const MOST_BYTES = 2000;

// What one string and one Buffer can hold takes half a gigabyte and more to try: this is a runtime
// where they hold less.
jest.unstable_mockModule('node:buffer', () => ({
  ...buffer,
  constants: { MAX_STRING_LENGTH: MOST_TEXT, MAX_LENGTH: MOST_BYTES },
}));

describe('a protocol without a limit for messages', () => {
  let fixtures: typeof receiving;
  beforeAll(async () => {
    fixtures = await import('../testing-fixtures/receive.js');
  });

  /** What is reported of a message of so many bytes, in fragments of 100. */
  function reported(opcode: number, length: number): (string | number | undefined)[] {
    const { framesTo, receiver } = fixtures;
    const { protocol, sink } = receiver('server', { maxPayload: 0, maxFramesPerTurn: 1000 });
    const payload = Buffer.alloc(100, 'a');
    for (let at = 0; at < length; at += 100) {
      const fragment = {
        opcode: at === 0 ? opcode : 0,
        fin: at + 100 >= length,
        payload: payload.subarray(0, Math.min(100, length - at)),
      };
      protocol.receive(framesTo('server', fragment));
    }
    return sink.calls.map(([name, detail]) =>
      name === 'violated' ? detail : String(detail).length / 2,
    );
  }

  it.each([
    ['text', 1, MOST_TEXT],
    ['binary', 2, MOST_BYTES],
  ])('takes %s up to what a string or a Buffer holds, and closes 1009 then', (_, opcode, most) => {
    expect(reported(opcode, most)).toEqual([most]);
    expect(reported(opcode, most + 1)).toEqual([1009]);
  });
});
