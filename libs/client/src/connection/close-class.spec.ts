import { describe, expect, it } from '@jest/globals';
import { closeClass } from './close-class.js';

describe('what a close code means', () => {
  it.each([
    [1000, 'ended'],
    ...[1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013].map((code) => [code, 'lost'] as const),
    ...[4000, 4399, 4500, 4503, 4599, 4600, 4999].map((code) => [code, 'lost'] as const),
    ...[4400, 4403, 4404, 4405, 4426, 4499].map((code) => [code, 'refused'] as const),
    ...[4408, 4425, 4429].map((code) => [code, 'lost'] as const),
    [4401, 'denied'],
  ] as const)('%d is %s', (code, event) => {
    expect(closeClass(code)).toBe(event);
  });
});
