import { describe, expect, it } from '@jest/globals';
import { parseExtensions } from '../handshake/extension-header.js';
import { inflateMessage } from '../testing-fixtures/deflate-paths.js';
import { textRepeatingAt } from '../testing-fixtures/zlib-peer.js';
import type { PerMessageDeflateOptions } from './deflate-options.js';
import { acceptOffer } from './negotiation.js';
import { PerMessageDeflate } from './permessage-deflate.js';

const MIB = 1024 * 1024;

/** Both ends of what is agreed on for `offer`. */
function agreed(
  offer: string,
  options: PerMessageDeflateOptions = {},
  useBinding = true,
): { server: PerMessageDeflate; client: PerMessageDeflate } {
  const agreement = acceptOffer(parseExtensions(`permessage-deflate${offer}`)!, {
    serverNoContextTakeover: offer.includes('server_no_context_takeover'),
    clientNoContextTakeover: offer.includes('client_no_context_takeover'),
  })!;
  return {
    server: new PerMessageDeflate('server', agreement, options, MIB, useBinding),
    client: new PerMessageDeflate('client', agreement, options, MIB, useBinding),
  };
}

describe.each([
  ['binding', true],
  ['one-shot', false],
])('permessage-deflate on both ends, on the %s path', (_path, useBinding) => {
  it('carries messages both ways under every combination of parameters', () => {
    const modes = ['', '; server_no_context_takeover', '; client_no_context_takeover'];
    for (const server of [8, 9, 12, 15]) {
      for (const client of [8, 10, 15]) {
        for (const mode of modes) {
          const ends = agreed(
            `; server_max_window_bits=${server}; client_max_window_bits=${client}${mode}`,
            {},
            useBinding,
          );
          for (const message of [
            textRepeatingAt(250),
            textRepeatingAt(900),
            textRepeatingAt(250),
          ]) {
            const down = Buffer.from(ends.server.compress(message));
            expect(inflateMessage(ends.client.inflater, down)?.equals(message)).toBe(true);
            const up = Buffer.from(ends.client.compress(message));
            expect(inflateMessage(ends.server.inflater, up)?.equals(message)).toBe(true);
          }
          ends.server.end();
          ends.client.end();
        }
      }
    }
  });

  it('takes the mode of each direction from the role', () => {
    const { server, client } = agreed('; server_no_context_takeover', {}, useBinding);
    expect([server.sharedKey(100) === null, client.sharedKey(100) === null]).toEqual([false, true]);
    const other = agreed('; client_no_context_takeover', {}, useBinding);
    expect([other.server.sharedKey(100) === null, other.client.sharedKey(100) === null]).toEqual([
      true,
      false,
    ]);
  });

  it('uses the level, memory and strategy it is given, and nothing else of them', () => {
    const message = textRepeatingAt(300, 30_000);
    const size = (zlibDeflateOptions: object) =>
      agreed('', { zlibDeflateOptions }, useBinding).server.compress(message).length;
    expect(size({ level: 0 })).toBeGreaterThan(message.length);
    expect(size({ strategy: 2 })).toBeGreaterThan(size({}) * 10);
    expect(size({ windowBits: 9, dictionary: message, finishFlush: 4, chunkSize: 64 })).toBe(
      size({}),
    );
  });
});

describe('permessage-deflate', () => {
  it('says what was agreed on', () => {
    expect(agreed('; server_max_window_bits=10; client_no_context_takeover').server.header).toBe(
      'permessage-deflate; client_no_context_takeover; server_max_window_bits=10',
    );
  });

  it('wants messages from 1 KiB to 1 MiB by default, or as the options say', () => {
    const { server } = agreed('');
    const sizes = [0, 1023, 1024, MIB, MIB + 1];
    expect(sizes.map((size) => server.wants(size))).toEqual([false, false, true, true, false]);
    const { server: chosen } = agreed('', { threshold: 0, maxCompressedSize: 10 });
    expect([0, 10, 11].map((size) => chosen.wants(size))).toEqual([true, true, false]);
  });

  it('tells how many connections may inflate in one turn, 10 by default', () => {
    expect(agreed('').server.concurrencyLimit).toBe(10);
    expect(agreed('', { concurrencyLimit: 2 }).server.concurrencyLimit).toBe(2);
  });

  it('makes no state before the first message, and can be ended without and twice', () => {
    const { server, client } = agreed('');
    server.end();
    server.end();
    client.compress(Buffer.from('x'));
    client.end();
    client.end();
  });
});
