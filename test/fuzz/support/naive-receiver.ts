import {
  naiveIsUtf8,
  firstImpossibleByte,
} from '../../../libs/engine/src/testing-fixtures/naive-utf8.js';
import { naiveMask } from '../../../libs/engine/src/testing-fixtures/raw-frame.js';

/** What is heard of a stream of bytes: its messages as hexadecimal text, and how it ends. */
export type Heard = readonly [what: string, detail: string | number, reason?: string];

export interface NaiveRules {
  readonly masked: boolean;
  readonly maxPayload: number;
  readonly maxFrame: number;
  readonly maxFragments: number;
  readonly requireMinimalLength: boolean;
  readonly skipUTF8Validation: boolean;
}

/**
 * RFC 6455 5.2 to 5.5 read from all of a stream at once, the slow, obvious way: no state beyond the message
 * under way, and no line shared with the engine. Without compression.
 */
export function naiveReceive(bytes: Buffer, rules: NaiveRules): Heard[] {
  const heard: Heard[] = [];
  let at = 0;
  let message: { opcode: number; payload: Buffer; fragments: number } | null = null;
  const fail = (code: number): Heard[] => [...heard, ['violated', code]];

  while (bytes.length - at >= 2) {
    const fin = bytes[at]! >= 128;
    const opcode = bytes[at]! % 16;
    const masked = bytes[at + 1]! >= 128;
    const short = bytes[at + 1]! % 128;
    const control = opcode >= 8;
    if ((bytes[at]! & 0x70) !== 0) return fail(1002);
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) return fail(1002);
    if (!control && (opcode === 0) !== (message !== null)) return fail(1002);
    if (control && (!fin || short > 125)) return fail(1002);
    if (masked !== rules.masked) return fail(1002);

    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = at + 2 + lengthBytes + (masked ? 4 : 0);
    if (bytes.length < start) break;
    let length = lengthBytes === 0 ? BigInt(short) : 0n;
    for (let index = 0; index < lengthBytes; index++) {
      length = length * 256n + BigInt(bytes[at + 2 + index]!);
    }
    const fewest = length < 126n ? 0 : length < 65_536n ? 2 : 8;
    if (rules.requireMinimalLength && lengthBytes !== fewest) return fail(1002);
    if (!control) {
      const before = BigInt(message?.payload.length ?? 0);
      if (length > BigInt(Number.MAX_SAFE_INTEGER)) return fail(1009);
      if (rules.maxPayload > 0 && before + length > BigInt(rules.maxPayload)) return fail(1009);
      if (rules.maxFrame > 0 && length > BigInt(rules.maxFrame)) return fail(1009);
      const fragments = message?.fragments ?? 0;
      if (rules.maxFragments > 0 && fragments >= rules.maxFragments) return fail(1008);
    }
    const mask = masked ? [...bytes.subarray(start - 4, start)] : undefined;
    const payload = naiveMask(bytes.subarray(start, start + Number(length)), mask);
    const whole = BigInt(payload.length) === length;

    if (control) {
      if (!whole) break;
      if (opcode === 9) heard.push(['ping', payload.toString('hex')]);
      if (opcode === 10) heard.push(['pong', payload.toString('hex')]);
      if (opcode === 8) return [...heard, closeOf(payload, rules)];
    } else {
      message ??= { opcode, payload: Buffer.alloc(0), fragments: 0 };
      message.payload = Buffer.concat([message.payload, payload]);
      message.fragments++;
      const { payload: all } = message;
      const text = message.opcode === 1 && !rules.skipUTF8Validation;
      if (text && firstImpossibleByte(all) >= 0) return fail(1007);
      if (!whole) break;
      if (fin) {
        if (text && !naiveIsUtf8(all)) return fail(1007);
        heard.push([message.opcode === 1 ? 'text' : 'binary', all.toString('hex')]);
        message = null;
      }
    }
    at = start + Number(length);
  }
  return heard;
}

function closeOf(payload: Buffer, rules: NaiveRules): Heard {
  if (payload.length === 0) return ['close', 1005, ''];
  if (payload.length === 1) return ['violated', 1002];
  const code = payload[0]! * 256 + payload[1]!;
  const sendable =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
    (code >= 3000 && code <= 4999);
  if (!sendable) return ['violated', 1002];
  const reason = payload.subarray(2);
  if (!rules.skipUTF8Validation && !naiveIsUtf8(reason)) return ['violated', 1007];
  return ['close', code, reason.toString()];
}
