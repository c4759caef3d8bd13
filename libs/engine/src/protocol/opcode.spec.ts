import { describe, expect, it } from '@jest/globals';
import { Opcode, isControl } from './opcode.js';

describe('opcodes', () => {
  it('have the numbers of RFC 6455 5.2', () => {
    expect(Opcode).toEqual({ Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 });
  });

  it('are control frames from 8 to 15', () => {
    const control = Array.from({ length: 16 }, (_, opcode) => opcode).filter(isControl);
    expect(control).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });
});
