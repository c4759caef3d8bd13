import { describe, expect, it } from '@jest/globals';
import { isSendableCloseCode } from '#engine';
import { ApplicationCloseCode } from './close-codes.js';

describe('application close codes', () => {
  it.each(Object.entries(ApplicationCloseCode))('%s may be sent and is private', (_, code) => {
    expect(isSendableCloseCode(code)).toBe(true);
    expect(code).toBeGreaterThanOrEqual(4000);
  });
});
