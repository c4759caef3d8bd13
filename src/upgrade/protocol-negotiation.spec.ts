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

  it('takes a version of the wire beside its own protocols, which come first, in the client’s order', () => {
    const versions = ['nestwire.1', 'nestwire.1.msgpack'];
    const cases: [spoken: string[], offered: string[], agreed: string | undefined][] = [
      [[], ['nestwire.1'], 'nestwire.1'],
      [[], ['nestwire.1', 'bearer.abc'], 'nestwire.1'],
      [[], ['bearer.abc', 'nestwire.1'], 'nestwire.1'],
      [[], ['other', 'nestwire.1'], 'nestwire.1'],
      [[], ['nestwire.1.msgpack', 'nestwire.1'], 'nestwire.1.msgpack'],
      [[], ['nestwire.1', 'nestwire.1.msgpack'], 'nestwire.1'],
      [['v1'], ['nestwire.1', 'v1'], 'v1'],
      [['v1'], ['v2', 'nestwire.1'], 'nestwire.1'],
      [['nestwire.1.msgpack'], ['nestwire.1', 'nestwire.1.msgpack'], 'nestwire.1.msgpack'],
      [[], ['nestwire.2'], ''],
      [['v1'], ['nestwire.2'], undefined],
      [['v1'], ['NESTWIRE.1'], undefined],
      [['v1'], ['nestwire.1.'], undefined],
    ];
    for (const [spoken, offered, agreed] of cases) {
      expect([offered, negotiateProtocol(spoken, offered, versions)?.protocol]).toEqual([
        offered,
        agreed,
      ]);
    }
    expect(negotiateProtocol([], ['nestwire.1.msgpack'], ['nestwire.1'])).toEqual({ protocol: '' });
    expect(negotiateProtocol([], ['bearer.abc'], versions)).toEqual({
      protocol: '',
      echo: 'bearer.abc',
    });
  });
});
