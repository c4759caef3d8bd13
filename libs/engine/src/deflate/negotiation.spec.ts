import { describe, expect, it } from '@jest/globals';
import { formatExtensions, parseExtensions } from '../handshake/extension-header.js';
import { HandshakeError } from '../protocol/errors.js';
import type { PerMessageDeflateOptions } from './deflate-options.js';
import { acceptOffer, makeOffer, readAnswer, type DeflateAgreement } from './negotiation.js';

/** Options under which a server changes nothing of an offer. */
const KEEP = { serverNoContextTakeover: false, clientNoContextTakeover: false };

function accept(header: string, options: PerMessageDeflateOptions = KEEP): DeflateAgreement | null {
  return acceptOffer(parseExtensions(header)!, options);
}

/** The response to an offer, as a header; null when it is declined. */
function respond(header: string, options?: PerMessageDeflateOptions): string | null {
  const agreement = accept(header, options);
  return agreement === null ? null : formatExtensions([agreement.element]);
}

function answer(
  header: string,
  options: PerMessageDeflateOptions = {},
): DeflateAgreement | null | HandshakeError {
  return readAnswer(parseExtensions(header)!, options);
}

function offer(options: PerMessageDeflateOptions): string {
  return formatExtensions([makeOffer(options)]);
}

/** The client's window for an offer of `bits` under an option. */
function clientWindow(bits: number | null, clientMaxWindowBits?: number | boolean): number {
  const header = `permessage-deflate; client_max_window_bits${bits === null ? '' : `=${bits}`}`;
  const option = clientMaxWindowBits === undefined ? {} : { clientMaxWindowBits };
  return accept(header, { ...KEEP, ...option })!.clientWindowBits;
}

describe('a server and an offer', () => {
  it('accepts the plain one', () => {
    expect(respond('permessage-deflate')).toBe('permessage-deflate');
    expect(accept('permessage-deflate')).toMatchObject({
      serverTakeover: true,
      clientTakeover: true,
      serverWindowBits: 15,
      clientWindowBits: 15,
    });
  });

  it('needs no state per connection by default: it asks both ends to forget', () => {
    const expected = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
    expect(respond('permessage-deflate', {})).toBe(expected);
    expect(accept('permessage-deflate', {})).toMatchObject({
      serverTakeover: false,
      clientTakeover: false,
    });
  });

  it.each([
    'permessage-deflate; unknown',
    'permessage-deflate; unknown=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; client_max_window_bits=7',
    'x-webkit-deflate-frame',
    'Permessage-Deflate; client_max_window_bits',
  ])('declines %s without an error (78-80), and takes the next one (81)', (header) => {
    expect(respond(header)).toBeNull();
    expect(respond(`${header}, permessage-deflate; server_max_window_bits=10`)).toBe(
      'permessage-deflate; server_max_window_bits=10',
    );
  });

  it('takes the first good offer of several', () => {
    const header =
      'foo, permessage-deflate; bar, permessage-deflate; client_max_window_bits=9, permessage-deflate';
    expect(respond(header)).toBe('permessage-deflate; client_max_window_bits=9');
  });

  it('accepts none of an empty list', () => {
    expect(acceptOffer([], {})).toBeNull();
  });

  it('echoes server_no_context_takeover and keeps to it (82)', () => {
    const header = 'permessage-deflate; server_no_context_takeover';
    expect(respond(header, { clientNoContextTakeover: false })).toBe(header);
    expect(accept(header, {})).toMatchObject({ serverTakeover: false });
  });

  it('echoes client_no_context_takeover, which it may rely on', () => {
    const header = 'permessage-deflate; client_no_context_takeover';
    expect(respond(header)).toBe(header);
    expect(accept(header)).toMatchObject({ clientTakeover: false });
  });

  it('declines to forget its context where it was told to keep it', () => {
    const header = 'permessage-deflate; server_no_context_takeover';
    expect(respond(header, { serverNoContextTakeover: false })).toBeNull();
  });

  it('echoes server_max_window_bits, or less where it was told to use less (83)', () => {
    for (let bits = 8; bits <= 15; bits++) {
      const header = `permessage-deflate; server_max_window_bits=${bits}`;
      expect(respond(header)).toBe(header);
      expect(accept(header)).toMatchObject({ serverWindowBits: bits, clientWindowBits: 15 });
    }
    expect(
      respond('permessage-deflate; server_max_window_bits=12', {
        ...KEEP,
        serverMaxWindowBits: 10,
      }),
    ).toBe('permessage-deflate; server_max_window_bits=10');
  });

  it('declines a server window smaller than the one it was told to use, or any at all', () => {
    const header = 'permessage-deflate; server_max_window_bits=10';
    expect(respond(header, { ...KEEP, serverMaxWindowBits: 11 })).toBeNull();
    expect(respond(header, { ...KEEP, serverMaxWindowBits: 10 })).toBe(header);
    expect(respond(header, { ...KEEP, serverMaxWindowBits: false })).toBeNull();
    expect(respond(header, { ...KEEP, serverMaxWindowBits: true })).toBe(header);
  });

  it('announces a window of its own even where none was asked for (7.1.2.1)', () => {
    expect(respond('permessage-deflate', { ...KEEP, serverMaxWindowBits: 11 })).toBe(
      'permessage-deflate; server_max_window_bits=11',
    );
  });

  it('names client_max_window_bits only if it was offered (84)', () => {
    const options = { ...KEEP, clientMaxWindowBits: 10 };
    expect(respond('permessage-deflate; client_max_window_bits', options)).toBe(
      'permessage-deflate; client_max_window_bits=10',
    );
    // The client could not be told, and would use 15 bits against the will of the options.
    expect(respond('permessage-deflate', options)).toBeNull();
  });

  it('gives the client the smaller of the two windows', () => {
    expect(clientWindow(12, 10)).toBe(10);
    expect(clientWindow(9, 10)).toBe(9);
    expect(clientWindow(9)).toBe(9);
    expect(clientWindow(9, true)).toBe(9);
    expect(clientWindow(null)).toBe(15);
    expect(clientWindow(9, false)).toBe(15);
  });
});

describe('what a client offers', () => {
  it('lets the server choose the windows by default', () => {
    expect(offer({})).toBe('permessage-deflate; client_max_window_bits');
    expect(offer({ clientMaxWindowBits: true, serverMaxWindowBits: true })).toBe(
      'permessage-deflate; client_max_window_bits',
    );
  });

  it('states what the options ask for', () => {
    expect(
      offer({
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 9,
        clientMaxWindowBits: 10,
      }),
    ).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10',
    );
    expect(
      offer({
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        serverMaxWindowBits: false,
        clientMaxWindowBits: false,
      }),
    ).toBe('permessage-deflate');
  });
});

describe('a client and the response', () => {
  it('goes uncompressed when the server declines', () => {
    expect(readAnswer([], {})).toBeNull();
  });

  it('keeps to what the server answered', () => {
    expect(
      answer(
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10',
      ),
    ).toMatchObject({
      serverTakeover: false,
      clientTakeover: false,
      serverWindowBits: 9,
      clientWindowBits: 10,
    });
    expect(answer('permessage-deflate')).toMatchObject({
      serverTakeover: true,
      clientTakeover: true,
      serverWindowBits: 15,
      clientWindowBits: 15,
    });
  });

  it('may do with less than it is allowed', () => {
    expect(
      answer('permessage-deflate', { clientNoContextTakeover: true, clientMaxWindowBits: 10 }),
    ).toMatchObject({ clientTakeover: false, clientWindowBits: 10 });
  });

  it.each([
    ['an unknown parameter (85)', 'permessage-deflate; unknown', {}],
    [
      'a repeated parameter (85)',
      'permessage-deflate; server_max_window_bits=9; server_max_window_bits=9',
      {},
    ],
    ['a leading zero (85)', 'permessage-deflate; server_max_window_bits=08', {}],
    ['a window of 99 bits (85)', 'permessage-deflate; server_max_window_bits=99', {}],
    [
      'client_max_window_bits without a value (85)',
      'permessage-deflate; client_max_window_bits',
      {},
    ],
    ['a value where none belongs (85)', 'permessage-deflate; client_no_context_takeover=1', {}],
    ['permessage-deflate twice (86)', 'permessage-deflate, permessage-deflate', {}],
    ['another extension beside it', 'permessage-deflate, foo', {}],
    ['another extension', 'foo', {}],
    [
      'client_max_window_bits that was not offered (87)',
      'permessage-deflate; client_max_window_bits=10',
      { clientMaxWindowBits: false },
    ],
    [
      'a client window larger than the offered one (87)',
      'permessage-deflate; client_max_window_bits=11',
      { clientMaxWindowBits: 10 },
    ],
    [
      'a server window larger than asked (87)',
      'permessage-deflate; server_max_window_bits=11',
      { serverMaxWindowBits: 10 },
    ],
    [
      'no server window where one was asked for (87)',
      'permessage-deflate',
      { serverMaxWindowBits: 10 },
    ],
    [
      'no server_no_context_takeover where it was asked for',
      'permessage-deflate',
      { serverNoContextTakeover: true },
    ],
    [
      'client_no_context_takeover where it was ruled out',
      'permessage-deflate; client_no_context_takeover',
      { clientNoContextTakeover: false },
    ],
  ] as const)('fails on %s', (_what, header, options) => {
    const error = answer(header, options);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toMatchObject({ code: 'WS_ERR_HANDSHAKE_EXTENSIONS' });
  });

  it('takes a server window smaller than asked', () => {
    expect(
      answer('permessage-deflate; server_max_window_bits=8', { serverMaxWindowBits: 10 }),
    ).toMatchObject({ serverWindowBits: 8 });
  });
});
