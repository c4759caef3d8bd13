import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { acceptedFields } from './accepted-fields.js';

const offer = { protocols: ['a', 'b'], extensions: [{ name: 'permessage-deflate', params: [] }] };

describe('acceptedFields', () => {
  it('is empty where nothing was agreed on', () => {
    expect(acceptedFields(offer, {})).toEqual([]);
    expect(acceptedFields(offer, { extensions: [], headers: {} })).toEqual([]);
  });

  it('states the subprotocol, the extensions and the extra headers, in this order', () => {
    expect(
      acceptedFields(offer, {
        headers: { 'Set-Cookie': ['x=1', 'y=2'] },
        extensions: [
          { name: 'permessage-deflate', params: [['server_no_context_takeover', true]] },
        ],
        protocol: 'b',
      }),
    ).toEqual([
      ['Sec-WebSocket-Protocol', 'b'],
      ['Sec-WebSocket-Extensions', 'permessage-deflate; server_no_context_takeover'],
      ['Set-Cookie', 'x=1'],
      ['Set-Cookie', 'y=2'],
    ]);
  });

  it('throws for what the client did not offer, and for what only the handshake may write', () => {
    expect(() => acceptedFields(offer, { protocol: 'c' })).toThrow(UsageError);
    expect(() => acceptedFields(offer, { extensions: [{ name: 'x', params: [] }] })).toThrow(
      UsageError,
    );
    expect(() => acceptedFields(offer, { headers: { Upgrade: 'h2c' } })).toThrow(UsageError);
  });
});
