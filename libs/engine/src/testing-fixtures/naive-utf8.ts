/** Allowed bytes of one character, position by position: the table of RFC 3629 4, line by line. */
const TABLE: readonly (readonly (readonly [from: number, to: number])[])[] = [
  [[0x00, 0x7f]],
  [[0xc2, 0xdf], tail()],
  [[0xe0, 0xe0], [0xa0, 0xbf], tail()],
  [[0xe1, 0xec], tail(), tail()],
  [[0xed, 0xed], [0x80, 0x9f], tail()],
  [[0xee, 0xef], tail(), tail()],
  [[0xf0, 0xf0], [0x90, 0xbf], tail(), tail()],
  [[0xf1, 0xf3], tail(), tail(), tail()],
  [[0xf4, 0xf4], [0x80, 0x8f], tail(), tail()],
];

function tail(): readonly [number, number] {
  return [0x80, 0xbf];
}

/** Walks the table byte by byte. */
function walk(bytes: Uint8Array): { impossible: number; whole: boolean } {
  let rows = TABLE;
  let position = 0;
  for (const [index, byte] of bytes.entries()) {
    rows = rows.filter((row) => byte >= row[position]![0] && byte <= row[position]![1]);
    if (rows.length === 0) return { impossible: index, whole: false };
    position++;
    if (rows[0]!.length === position) {
      rows = TABLE;
      position = 0;
    }
  }
  return { impossible: -1, whole: position === 0 };
}

export function naiveIsUtf8(bytes: Uint8Array): boolean {
  const { impossible, whole } = walk(bytes);
  return impossible < 0 && whole;
}

/** Index of the first byte behind which nothing can make the text valid; -1 when there is none. */
export function firstImpossibleByte(bytes: Uint8Array): number {
  return walk(bytes).impossible;
}

/** Every way to cut `bytes` into pieces that are not empty: 2^(length - 1) of them. */
export function* cutsOf(bytes: Buffer): Generator<Buffer[]> {
  const gaps = Math.max(0, bytes.length - 1);
  for (let cuts = 0; cuts < 2 ** gaps; cuts++) {
    const pieces: Buffer[] = [];
    let start = 0;
    for (let at = 1; at <= gaps; at++) {
      if ((cuts & (1 << (at - 1))) === 0) continue;
      pieces.push(bytes.subarray(start, at));
      start = at;
    }
    pieces.push(bytes.subarray(start));
    yield pieces;
  }
}
