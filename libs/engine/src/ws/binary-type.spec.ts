import { describe, expect, it } from '@jest/globals';
import { isBinaryType, toBinaryType } from './binary-type.js';

// A view into a larger buffer, as the payloads of one chunk are.
const payload = Buffer.from('xxpayloadxx').subarray(2, 9);

describe('a binary message', () => {
  it('is the buffer itself as a nodebuffer', () => {
    expect(toBinaryType(payload, 'nodebuffer')).toBe(payload);
  });

  it('is a copy of exactly its bytes as an ArrayBuffer', () => {
    const data = toBinaryType(payload, 'arraybuffer') as ArrayBuffer;
    expect(data.byteLength).toBe(7);
    expect(Buffer.from(data).toString()).toBe('payload');
    expect(data).not.toBe(payload.buffer);
  });

  it('is a list of one as fragments', () => {
    expect(toBinaryType(payload, 'fragments')).toEqual([payload]);
  });

  it('is a Blob as a blob', async () => {
    const data = toBinaryType(payload, 'blob') as Blob;
    expect(data).toBeInstanceOf(Blob);
    expect(await data.text()).toBe('payload');
  });
});

describe('a binary type', () => {
  it.each(['nodebuffer', 'arraybuffer', 'fragments', 'blob'])('is %s', (type) => {
    expect(isBinaryType(type)).toBe(true);
  });

  it.each(['', 'buffer', 'Blob', null, undefined, 0, 'toString'])('is not %p', (type) => {
    expect(isBinaryType(type)).toBe(false);
  });
});
