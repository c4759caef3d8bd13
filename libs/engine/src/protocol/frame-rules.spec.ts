import { describe, expect, it } from '@jest/globals';
import { LimitError, ProtocolError } from './errors.js';
import { FrameHeader, readHeaderStart } from './frame-header.js';
import {
  controlLength,
  corruptMessage,
  invalidCloseCode,
  invalidUtf8,
  judgeLength,
  judgeStart,
  lengthNotMinimal,
  messageTooBig,
  tooManyParts,
  type FrameContext,
} from './frame-rules.js';

const BOTH = [false, true];

/** Every state a header can meet. */
const CONTEXTS: readonly FrameContext[] = BOTH.flatMap((expectMask) =>
  BOTH.flatMap((compression) => BOTH.map((inMessage) => ({ expectMask, compression, inMessage }))),
);

/** Lengths on both sides of a control frame's limit, without and with the mask bit. */
const SECOND_BYTES = [0, 1, 125, 126, 127, 128, 129, 253, 254, 255];

/** What RFC 6455 5 and RFC 7692 6 say, as one sentence of conditions that must all hold. */
function isLegal(first: number, second: number, context: FrameContext): boolean {
  const opcode = first % 16;
  const data = opcode === 1 || opcode === 2;
  const control = opcode >= 8 && opcode <= 10;
  const bits = Math.floor(first / 16) % 8;
  return (
    (data || control || opcode === 0) &&
    (bits === 0 || (bits === 4 && data && context.compression)) &&
    (!data || !context.inMessage) &&
    (opcode !== 0 || context.inMessage) &&
    (!control || (first >= 128 && second % 128 <= 125)) &&
    second >= 128 === context.expectMask
  );
}

function headerOf(first: number, second: number): FrameHeader {
  const header = new FrameHeader();
  readHeaderStart(Uint8Array.of(first, second), 0, header);
  return header;
}

describe('judging the start of a header', () => {
  it('lets through what is legal and nothing else, for all first bytes in all states', () => {
    for (const context of CONTEXTS) {
      for (let first = 0; first < 256; first++) {
        for (const second of SECOND_BYTES) {
          const error = judgeStart(headerOf(first, second), context);
          if ((error === null) !== isLegal(first, second, context)) {
            throw new Error(`${first} ${second} ${JSON.stringify(context)}: ${String(error)}`);
          }
          if (error !== null && error.closeCode !== 1002) throw new Error(String(error.closeCode));
        }
      }
    }
  });

  it('names the first thing that is wrong', () => {
    const context = { expectMask: true, compression: false, inMessage: false };
    const codes = [
      [0xc1, 0x80],
      [0xa1, 0x80],
      [0xd1, 0x80],
      [0x80, 0x80],
      [0x83, 0x80],
      [0x09, 0x80],
      [0x89, 0xfe],
      [0x81, 0x00],
    ].map(([first, second]) => judgeStart(headerOf(first!, second!), context)?.code);
    expect(codes).toEqual([
      'WS_ERR_UNEXPECTED_RSV_1',
      'WS_ERR_UNEXPECTED_RSV_2_3',
      'WS_ERR_UNEXPECTED_RSV_2_3',
      'WS_ERR_INVALID_OPCODE',
      'WS_ERR_INVALID_OPCODE',
      'WS_ERR_EXPECTED_FIN',
      'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
      'WS_ERR_EXPECTED_MASK',
    ]);
    const client = { ...context, expectMask: false };
    expect(judgeStart(headerOf(0x81, 0x80), client)?.code).toBe('WS_ERR_UNEXPECTED_MASK');
  });
});

function judge(opcode: number, length: number, before: number, allowed: number): LimitError | null {
  return judgeLength(Object.assign(new FrameHeader(), { opcode, length }), before, allowed);
}

describe('judging a length', () => {
  it('counts what the message has so far, on both sides of the limit', () => {
    for (const opcode of [0, 1, 2]) {
      expect(judge(opcode, 40, 60, 100)).toBeNull();
      expect(judge(opcode, 41, 60, 100)).toMatchObject({ closeCode: 1009 });
      expect(judge(opcode, 0, 100, 100)).toBeNull();
    }
  });

  it('knows no limit of 0, but lengths no number holds are always refused', () => {
    expect(judge(2, Number.MAX_SAFE_INTEGER, 5, 0)).toBeNull();
    expect(judge(2, Infinity, 0, 0)).toMatchObject({
      closeCode: 1009,
      code: 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    });
  });

  it('leaves control frames alone', () => {
    for (const opcode of [8, 9, 10]) expect(judge(opcode, 125, 100, 100)).toBeNull();
  });
});

describe('what is said of a violation', () => {
  it.each([
    [messageTooBig(), LimitError, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'],
    [tooManyParts('message fragments'), LimitError, 1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS'],
    [tooManyParts('buffered chunks'), LimitError, 1008, 'WS_ERR_TOO_MANY_BUFFERED_PARTS'],
    [lengthNotMinimal(5), ProtocolError, 1002, 'WS_ERR_NON_MINIMAL_LENGTH'],
    [controlLength(126), ProtocolError, 1002, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'],
    [invalidCloseCode(1005), ProtocolError, 1002, 'WS_ERR_INVALID_CLOSE_CODE'],
    [invalidUtf8(), ProtocolError, 1007, 'WS_ERR_INVALID_UTF8'],
    [corruptMessage(), ProtocolError, 1007, 'WS_ERR_INVALID_COMPRESSED_DATA'],
  ])('%s', (error, kind, closeCode, code) => {
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ closeCode, code });
    expect(error.message).toMatch(/^[A-Z].*[^.]$/);
  });
});
