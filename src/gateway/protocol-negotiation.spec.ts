import { describe, expect, it } from '@jest/globals';
import { negotiateProtocol } from './protocol-negotiation.js';

describe('negotiateProtocol', () => {
  it('takes the first the server speaks that the client offers', () => {
    expect(negotiateProtocol(['v2', 'v1'], ['v1', 'v2'])).toBe('v2');
    expect(negotiateProtocol(['v2', 'v1'], ['v1'])).toBe('v1');
  });

  it('agrees on none when either side names none', () => {
    expect(negotiateProtocol([], ['v1'])).toBe('');
    expect(negotiateProtocol(['v1'], [])).toBe('');
    expect(negotiateProtocol([], [])).toBe('');
  });

  it('finds nothing when they have none in common; names are case-sensitive', () => {
    expect(negotiateProtocol(['v1'], ['v2'])).toBeUndefined();
    expect(negotiateProtocol(['v1'], ['V1'])).toBeUndefined();
  });
});
