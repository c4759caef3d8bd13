import { describe, expect, it } from '@jest/globals';
import { formatExtensions, parseExtensions } from '../handshake/extension-header.js';
import { readParameters, writeParameters } from './parameters.js';

const NOTHING = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: undefined,
  clientMaxWindowBits: undefined,
};

function read(params: string, isResponse = false): ReturnType<typeof readParameters> {
  const header = params === '' ? 'permessage-deflate' : `permessage-deflate; ${params}`;
  return readParameters(parseExtensions(header)![0]!, isResponse);
}

describe('reading the parameters of permessage-deflate (RFC 7692 7.1)', () => {
  it('finds none where there are none', () => {
    expect(read('')).toEqual(NOTHING);
  });

  it.each([
    ['server_no_context_takeover', { serverNoContextTakeover: true }],
    ['client_no_context_takeover', { clientNoContextTakeover: true }],
    ['server_max_window_bits=8', { serverMaxWindowBits: 8 }],
    ['server_max_window_bits=15', { serverMaxWindowBits: 15 }],
    ['server_max_window_bits="12"', { serverMaxWindowBits: 12 }],
    ['client_max_window_bits=9', { clientMaxWindowBits: 9 }],
  ])('reads %s in offers and in responses', (params, expected) => {
    expect(read(params)).toEqual({ ...NOTHING, ...expected });
    expect(read(params, true)).toEqual({ ...NOTHING, ...expected });
  });

  it('takes client_max_window_bits without a value in an offer, but not in a response', () => {
    expect(read('client_max_window_bits')).toEqual({ ...NOTHING, clientMaxWindowBits: true });
    expect(read('client_max_window_bits', true)).toBeNull();
  });

  it('takes all four in any order', () => {
    const params =
      'client_max_window_bits=10; server_no_context_takeover; server_max_window_bits=11; client_no_context_takeover';
    expect(read(params)).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 11,
      clientMaxWindowBits: 10,
    });
  });

  const values = ['7', '16', '0', '08', '+9', '-9', '9.0', '1e1', '0x9', 'ten', '15x', '99'];
  it.each([
    'unknown',
    'unknown=1',
    '__proto__',
    'constructor=8',
    'SERVER_NO_CONTEXT_TAKEOVER',
    'server_no_context_takeover; server_no_context_takeover',
    'client_max_window_bits; client_max_window_bits=10',
    'server_max_window_bits=10; server_max_window_bits=10',
    'server_no_context_takeover=1',
    'client_no_context_takeover=true',
    'server_max_window_bits',
    ...values.map((value) => `server_max_window_bits=${value}`),
    ...values.map((value) => `client_max_window_bits=${value}`),
  ])('refuses %s in offers and in responses', (params) => {
    expect(read(params)).toBeNull();
    expect(read(params, true)).toBeNull();
  });

  it('writes what it reads, for every combination', () => {
    for (const serverNoContextTakeover of [false, true]) {
      for (const clientNoContextTakeover of [false, true]) {
        for (const serverMaxWindowBits of [undefined, 8, 15]) {
          for (const clientMaxWindowBits of [undefined, true, 8, 15] as const) {
            const parameters = {
              serverNoContextTakeover,
              clientNoContextTakeover,
              serverMaxWindowBits,
              clientMaxWindowBits,
            };
            const header = formatExtensions([writeParameters('permessage-deflate', parameters)]);
            expect(readParameters(parseExtensions(header)![0]!, false)).toEqual(parameters);
          }
        }
      }
    }
  });
});
