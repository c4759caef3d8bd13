import { describe, expect, it } from '@jest/globals';
import { cutsOf, firstImpossibleByte, naiveIsUtf8 } from '../testing-fixtures/naive-utf8.js';
import { frameTo, framesTo, receiver } from '../testing-fixtures/receive.js';

const INVALID = ['violated', 1007, 'WS_ERR_INVALID_UTF8'];

const VALID = [Buffer.from('aé€\u{1f600}'), Buffer.from('\ud7ff\ue000'), Buffer.from('abc')];
const BROKEN = [
  Buffer.from([0x61, 0xce, 0xba, 0xed, 0xa0, 0x80, 0x65]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0x61, 0xc0, 0x80]),
  Buffer.from([0x61, 0x80]),
];
const CUT_OFF = [Buffer.from([0x61, 0xe2, 0x82]), Buffer.from([0xf0, 0x9f, 0x98])];

describe('text of whole frames', () => {
  it('is reported when it is UTF-8 and refused with 1007 when not (8.1)', () => {
    for (const payload of [...VALID, ...BROKEN, ...CUT_OFF]) {
      for (const role of ['server', 'client'] as const) {
        const { protocol, sink } = receiver(role);
        protocol.receive(frameTo(role, { opcode: 1, payload }));
        const expected = naiveIsUtf8(payload) ? ['text', payload.toString('hex')] : INVALID;
        expect(sink.calls).toEqual([expected]);
      }
    }
  });

  it('is not looked at in a binary message', () => {
    const { protocol, sink } = receiver();
    protocol.receive(
      framesTo(
        'server',
        { opcode: 2, payload: BROKEN[0] },
        { opcode: 2, fin: false, payload: BROKEN[1] },
        { opcode: 0, payload: BROKEN[2] },
      ),
    );
    expect(sink.calls.map(([name]) => name)).toEqual(['binary', 'binary']);
  });

  it('is not looked at when the option says so, in messages and reasons', () => {
    const { protocol, sink } = receiver('server', { skipUTF8Validation: true });
    protocol.receive(
      framesTo(
        'server',
        { opcode: 1, payload: BROKEN[0] },
        { opcode: 1, fin: false, payload: BROKEN[1] },
        { opcode: 0, payload: CUT_OFF[0] },
        { opcode: 8, payload: Buffer.from([3, 232, 0xff]) },
      ),
    );
    expect(sink.calls).toEqual([
      ['text', BROKEN[0]!.toString('hex')],
      ['text', BROKEN[1]!.toString('hex') + CUT_OFF[0]!.toString('hex')],
      ['close', 1000, '\ufffd'],
    ]);
  });

  it('is known to be ASCII exactly when it is, where masking tells for free', () => {
    const { protocol, sink } = receiver();
    const flags: boolean[] = [];
    sink.textReceived = (_payload, ascii) => flags.push(ascii) === 0;
    for (const payload of ['', 'abc', 'x'.repeat(100), 'é', `${'x'.repeat(50)}é`]) {
      protocol.receive(frameTo('server', { opcode: 1, payload }));
    }
    expect(flags).toEqual([true, true, true, false, false]);
  });
});

describe('text in fragments', () => {
  it('may have characters cut by fragments, wherever', () => {
    for (const payload of VALID) {
      for (const pieces of cutsOf(payload)) {
        const { protocol, sink } = receiver();
        for (const [index, piece] of pieces.entries()) {
          const fin = index === pieces.length - 1;
          protocol.receive(frameTo('server', { opcode: index === 0 ? 1 : 0, fin, payload: piece }));
        }
        expect(sink.calls).toEqual([['text', payload.toString('hex')]]);
      }
    }
  });

  it('is refused in the fragment with the first impossible byte, not at the end (8.1)', () => {
    for (const payload of BROKEN) {
      const impossible = firstImpossibleByte(payload);
      for (const pieces of cutsOf(payload)) {
        const { protocol, sink } = receiver();
        let sent = 0;
        for (const [index, piece] of pieces.entries()) {
          // Never the last fragment: nothing says that the text is complete.
          const opcode = index === 0 ? 1 : 0;
          protocol.receive(frameTo('server', { opcode, fin: false, payload: piece }));
          sent += piece.length;
          expect(sink.calls).toEqual(sent > impossible ? [INVALID] : []);
        }
      }
    }
  });

  it('is refused when it ends inside a character', () => {
    for (const payload of CUT_OFF) {
      const { protocol, sink } = receiver();
      protocol.receive(frameTo('server', { opcode: 1, fin: false, payload }));
      expect(sink.calls).toEqual([]);
      protocol.receive(frameTo('server', { opcode: 0 }));
      expect(sink.calls).toEqual([INVALID]);
    }
  });
});

describe('text in chunks', () => {
  it('is refused as soon as the impossible byte is there, before its frame is', () => {
    for (const payload of BROKEN) {
      // A frame that goes on behind what arrives.
      const frame = frameTo('server', {
        opcode: 1,
        payload: Buffer.concat([payload, Buffer.alloc(50)]),
      });
      const header = frame.length - payload.length - 50;
      const impossible = firstImpossibleByte(payload);
      for (let first = 1; first <= payload.length; first++) {
        const { protocol, sink } = receiver();
        protocol.receive(Buffer.from(frame.subarray(0, header + first)));
        expect(sink.calls).toEqual(first > impossible ? [INVALID] : []);
      }
    }
  });

  it('may have characters cut by chunks, in a frame in fragments with pings between', () => {
    const text = Buffer.from('a€b');
    const { protocol, sink } = receiver();
    const stream = framesTo(
      'server',
      { opcode: 1, fin: false, payload: text.subarray(0, 2) },
      { opcode: 9, payload: Buffer.from([0xff]) },
      { opcode: 0, fin: false, payload: text.subarray(2, 3) },
      { opcode: 0, payload: text.subarray(3) },
    );
    for (const byte of stream) protocol.receive(Buffer.from([byte]));
    expect(sink.calls).toEqual([
      ['ping', 'ff'],
      ['text', text.toString('hex')],
    ]);
  });
});
