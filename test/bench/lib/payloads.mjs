// Messages to send: the same in every run, and no two of a cell alike.
const WORDS =
  'time order price state total account update status item value user name table count open close limit market update session'.split(
    ' ',
  );
const MIXED =
  'prix élevé über größe naïve señal niño żółć привет мир рынок цена καλημέρα κόσμε 市場 価格 注文 更新 한국어 שלום مرحبا 🚀 ✅ total order state'.split(
    ' ',
  );

/** A small generator of pseudo-random numbers in [0, 1) (xorshift, G. Marsaglia 2003). */
function numbers(seed) {
  let state = (seed + 1) * 2654435761;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** JSON-like ASCII of exactly `size` bytes, which compresses about as JSON does. */
function asciiText(size, random) {
  let text = '';
  while (text.length < size) {
    const key = WORDS[Math.floor(random() * WORDS.length)];
    text += `"${key}":${Math.floor(random() * 100_000)},`;
  }
  return text.slice(0, size);
}

/** Words of several scripts, `size` bytes of UTF-8. */
function mixedText(size, random) {
  let text = '';
  let left = size;
  while (left > 0) {
    const word = `${MIXED[Math.floor(random() * MIXED.length)]} `;
    const length = Buffer.byteLength(word);
    // Blanks fill up to the exact size.
    text += length <= left ? word : ' '.repeat(left);
    left -= Math.min(length, left);
  }
  return text;
}

/**
 * @param kind 'text', 'mixed', 'binary' or 'json' (the envelope of a gateway)
 * @returns `count` messages: strings, or Buffers for 'binary'
 */
export function payloads(kind, size, count) {
  return Array.from({ length: count }, (_, index) => {
    const random = numbers(index);
    if (kind === 'mixed') return mixedText(size, random);
    if (kind === 'json') {
      const text = asciiText(size, random).replaceAll('"', "'");
      return JSON.stringify({ event: 'echo', data: { text, number: index } });
    }
    if (kind === 'text') return asciiText(size, random);
    return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
  });
}
