import { describe, expect, it } from '@jest/globals';
import { negotiateProtocol } from './protocol-negotiation.js';

describe('negotiateProtocol', () => {
  it('takes the first the server speaks that the client offers', () => {
    expect(negotiateProtocol(['v2', 'v1'], ['v1', 'v2'])).toEqual({ protocol: 'v2' });
    expect(negotiateProtocol(['v2', 'v1'], ['v1'])).toEqual({ protocol: 'v1' });
  });

  it('agrees on none when either side names none', () => {
    expect(negotiateProtocol([], ['v1'])).toEqual({ protocol: '' });
    expect(negotiateProtocol(['v1'], [])).toEqual({ protocol: '' });
    expect(negotiateProtocol([], [])).toEqual({ protocol: '' });
  });

  it('takes no token for a protocol, and states it only when there is no other offer', () => {
    expect(negotiateProtocol(['v1'], ['bearer.abc', 'v1'])).toEqual({ protocol: 'v1' });
    expect(negotiateProtocol(['bearer.abc'], ['bearer.abc', 'v1'])).toBeUndefined();
    expect(negotiateProtocol([], ['v1', 'bearer.abc'])).toEqual({ protocol: '' });
    for (const spoken of [[], ['v1']]) {
      expect(negotiateProtocol(spoken, ['bearer.abc'])).toEqual({
        protocol: '',
        echo: 'bearer.abc',
      });
    }
  });

  it('finds nothing when they have none in common; names are case-sensitive', () => {
    expect(negotiateProtocol(['v1'], ['v2'])).toBeUndefined();
    expect(negotiateProtocol(['v1'], ['V1'])).toBeUndefined();
  });
});
