import { describe, expect, it } from '@jest/globals';
import { MAX_SUBPROTOCOLS, parseSubprotocols } from './subprotocol.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);

describe('parseSubprotocols', () => {
  it('keeps the order the client prefers', () => {
    expect(parseSubprotocols('v2.chat, v1.chat,\tv10.chat')).toEqual([
      'v2.chat',
      'v1.chat',
      'v10.chat',
    ]);
  });

  it('tells names apart by case', () => {
    expect(parseSubprotocols('Chat, chat')).toEqual(['Chat', 'chat']);
  });

  it.each(['__proto__, constructor'])('treats %s as any other names', (header) => {
    expect(parseSubprotocols(header)).toEqual(['__proto__', 'constructor']);
  });

  it.each(['', ',', 'a, a', 'a b', 'a;b', '"a"', 'a/b', 'é'])('refuses %j', (header) => {
    expect(parseSubprotocols(header)).toBeNull();
  });

  it('takes as many as the limit, and no more', () => {
    expect(parseSubprotocols(names(MAX_SUBPROTOCOLS).join())).toHaveLength(MAX_SUBPROTOCOLS);
    expect(parseSubprotocols(names(MAX_SUBPROTOCOLS + 1).join())).toBeNull();
  });

  it.each([
    ['names', names(3_000).join()],
    ['one name', 'a'.repeat(14_000)],
    ['the same name', 'a,'.repeat(7_000)],
    ['commas', ','.repeat(14_000)],
    ['white space', `a${' '.repeat(14_000)}b`],
    ['white space around commas', `${' '.repeat(99)},`.repeat(140)],
  ])('answers 14 KB of %s within 10 ms', (_what, header) => {
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      parseSubprotocols(header);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(10);
  });
});
