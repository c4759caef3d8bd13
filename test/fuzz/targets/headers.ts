import { readOffer } from '../../../libs/engine/src/handshake/client-offer.js';
import { parseCookies } from '../../../libs/engine/src/handshake/cookies.js';
import {
  formatExtensions,
  parseExtensions,
} from '../../../libs/engine/src/handshake/extension-header.js';
import { parseTokenList } from '../../../libs/engine/src/handshake/header-tokens.js';
import { normalizeOrigin, originAllowed } from '../../../libs/engine/src/handshake/origin.js';
import {
  isAuthority,
  parseRequestTarget,
} from '../../../libs/engine/src/handshake/request-target.js';
import { parseSubprotocols } from '../../../libs/engine/src/handshake/subprotocol.js';
import { HandshakeError } from '../../../libs/engine/src/protocol/errors.js';
import type { Random } from '../../support/random.js';
import { check, type Target } from '../support/target.js';

const VALUES = [
  'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
  'permessage-deflate; server_no_context_takeover, x-other; a="b\\"c"',
  'chat, superchat, v1.json',
  'https://example.org:8443',
  'http://[::1]:80',
  'a=b; c="d e"; __proto__=x; sid=%41',
  '/chat/room%201?token=x&y',
  'http://example.org/path?q',
  'keep-alive, Upgrade',
  'example.org:443',
];
/** Milliseconds for a header of 64 KiB: thousands of times what they take, and far below a second power. */
const SLOW = 2_000;

/** Header fields: values or null, never a throw, and in a time that grows with their length alone. */
export const headers: Target = {
  name: 'headers',

  generate: (random) => {
    const value = random.pick(VALUES);
    const separator = random.pick([', ', '; ', ',', ' ', '']);
    return Buffer.from(
      Array(random.pick([1, 1, 3, 300]))
        .fill(value)
        .join(separator),
    );
  },

  run(bytes: Buffer, random: Random): void {
    const text = bytes.toString('latin1');
    const start = performance.now();
    const extensions = parseExtensions(text);
    // What was understood can be written, and means the same then.
    if (extensions !== null && extensions.length > 0) {
      const again = parseExtensions(formatExtensions(extensions));
      check(JSON.stringify(again) === JSON.stringify(extensions), 'Extensions read back differ');
    }
    for (const protocol of parseSubprotocols(text) ?? []) {
      check(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/i.test(protocol), `A subprotocol is ${protocol}`);
    }
    parseTokenList(text);
    const cookies = parseCookies(text);
    check(Object.getPrototypeOf(cookies) === null, 'Cookies have a prototype');
    const origin = normalizeOrigin(text);
    if (origin !== null) check(normalizeOrigin(origin) === origin, `${origin} is no normal form`);
    const policy = { host: 'example.org', secure: true, hasCookies: true };
    if (originAllowed(text, policy)) {
      check(origin === 'https://example.org', `${origin} is let in to example.org`);
    }
    const target = parseRequestTarget(text);
    if (target !== null) check(target.path.startsWith('/'), `A path is ${target.path}`);
    isAuthority(text);
    const name = random.pick([
      'sec-websocket-extensions',
      'sec-websocket-protocol',
      'sec-websocket-version',
      'content-length',
      'origin',
    ]);
    const fields = { 'sec-websocket-version': '13', [name]: text };
    const offer = readOffer({ headers: fields, rawHeaders: Object.entries(fields).flat() });
    if (offer instanceof HandshakeError) {
      check([400, 426].includes(offer.status), `It is refused with ${offer.status}`);
    }
    const took = performance.now() - start;
    check(took < SLOW, `${bytes.length} bytes take ${took} ms`);
  },
};
