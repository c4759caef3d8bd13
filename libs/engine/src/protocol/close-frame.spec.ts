import { describe, expect, it } from '@jest/globals';
import { readCloseFrame } from './close-frame.js';
import { ProtocolError } from './errors.js';

const NOT_UTF8 = Buffer.from([0x03, 0xe8, 0xff]);

function problem(payload: Buffer): unknown {
  const read = readCloseFrame(payload, true);
  return read instanceof ProtocolError ? [read.closeCode, read.code] : read;
}

describe('the payload of a Close frame', () => {
  it('may be empty: then there is no code (RFC 6455 7.1.5)', () => {
    expect(readCloseFrame(Buffer.alloc(0), true)).toEqual({ code: 1005, reason: '' });
  });

  it('is a code and a reason', () => {
    const payload = Buffer.from('\x03\xe9bye\xc3\xa9', 'latin1');
    expect(readCloseFrame(payload, true)).toEqual({ code: 1001, reason: 'byeé' });
    expect(readCloseFrame(payload.subarray(0, 2), true)).toEqual({ code: 1001, reason: '' });
  });

  it('is refused for half a code, a code that may not be sent, and no UTF-8', () => {
    expect(problem(Buffer.from([3]))).toEqual([1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH']);
    expect(problem(Buffer.from([0x03, 0xed]))).toEqual([1002, 'WS_ERR_INVALID_CLOSE_CODE']);
    expect(problem(NOT_UTF8)).toEqual([1007, 'WS_ERR_INVALID_UTF8']);
  });

  it('is not checked to be UTF-8 where that was not asked for', () => {
    expect(readCloseFrame(NOT_UTF8, false)).toEqual({ code: 1000, reason: '\ufffd' });
  });
});
