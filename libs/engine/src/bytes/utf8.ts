import { isUtf8 } from 'node:buffer';

/** Whether `bytes` is valid UTF-8 (RFC 3629: no surrogates, nothing overlong, at most U+10FFFF). */
export function isValidUtf8(bytes: Uint8Array): boolean {
  return isUtf8(bytes);
}

/** Bytes the character that starts with `lead` takes; 0 when no character starts so. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/** Whether `second` may follow `lead` (RFC 3629 4: the table's ranges of the second byte). */
function secondByteAllowed(lead: number, second: number): boolean {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return second >= 0x80 && second <= 0xbf;
  }
}

/** Whether `bytes[start, end)` can be the beginning of one character that needs more bytes. */
function isUnfinishedCharacter(bytes: Uint8Array, start: number, end: number): boolean {
  const lead = bytes[start]!;
  if (sequenceLength(lead) <= end - start) return false;
  if (end - start > 1 && !secondByteAllowed(lead, bytes[start + 1]!)) return false;
  return end - start < 3 || (bytes[start + 2]! & 0xc0) === 0x80;
}

/** Where the last character of `bytes` starts if it is cut off by the end, else the end. */
function boundary(bytes: Uint8Array): number {
  const end = bytes.length;
  const lowest = Math.max(0, end - 3);
  for (let at = end - 1; at >= lowest; at--) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > end - at ? at : end;
  }
  return end;
}

/**
 * Validates text that arrives in pieces, and says no at the first piece that holds a byte which no
 * continuation could make valid (RFC 6455 8.1; "fail fast").
 */
export class Utf8Validator {
  // The start of a character cut by the last piece: at most 3 of its 4 bytes.
  private readonly cut = Buffer.alloc(4);
  private cutLength = 0;

  /**
   * @param ascii whether every byte of `piece` is known to be below 0x80
   * @returns false when the text up to here cannot be the start of valid UTF-8
   */
  push(piece: Uint8Array, ascii = false): boolean {
    if (ascii && this.cutLength === 0) return true;
    let rest = piece;
    if (this.cutLength > 0) {
      const used = this.completeCut(piece);
      if (used < 0) return false;
      if (this.cutLength > 0) return true;
      rest = piece.subarray(used);
    }
    const whole = boundary(rest);
    if (!isUtf8(whole === rest.length ? rest : rest.subarray(0, whole))) return false;
    if (whole === rest.length) return true;
    if (!isUnfinishedCharacter(rest, whole, rest.length)) return false;
    this.cut.set(rest.subarray(whole));
    this.cutLength = rest.length - whole;
    return true;
  }

  /** @returns whether the text may end here, that is, not inside a character. */
  end(): boolean {
    const complete = this.cutLength === 0;
    this.cutLength = 0;
    return complete;
  }

  /** Fills the cut character from `piece`. @returns the bytes taken, -1 when it became invalid. */
  private completeCut(piece: Uint8Array): number {
    const needed = sequenceLength(this.cut[0]!) - this.cutLength;
    const used = Math.min(needed, piece.length);
    this.cut.set(piece.subarray(0, used), this.cutLength);
    this.cutLength += used;
    if (used < needed) {
      return isUnfinishedCharacter(this.cut, 0, this.cutLength) ? used : -1;
    }
    const valid = isUtf8(this.cut.subarray(0, this.cutLength));
    this.cutLength = 0;
    return valid ? used : -1;
  }
}
