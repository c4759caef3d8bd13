import { describe, expect, it } from '@jest/globals';
import { connectionId } from './connection-id.js';

describe('connectionId', () => {
  it('gives 22 url-safe characters, never the same twice, past every refill of the pool', () => {
    const ids = new Set(Array.from({ length: 1000 }, () => connectionId()));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
  });
});
