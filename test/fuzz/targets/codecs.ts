import { createMsgpackCodec, jsonCodec, type Codec } from '#hub';
import { WireError } from '../../../libs/hub/src/wire/wire-error.js';
import type { Random } from '../../support/random.js';
import { check, type Target } from '../support/target.js';

const KEYS = ['event', 'data', 'id', 'key', 'upload', '__proto__', 'constructor', 'at', 'mail'];
const PROTOTYPE = JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort());
const LEAF_CHANCE = 0.6;

let msgpack: Codec;

function value(random: Random, depth = 0): unknown {
  if (depth > 5 || random.chance(LEAF_CHANCE)) {
    return random.pick<unknown>([
      null,
      true,
      0,
      -1,
      1e300,
      2 ** 53,
      '',
      'x',
      'é€😀',
      'x'.repeat(130),
    ]);
  }
  const count = random.below(4);
  if (random.chance(0.4)) return Array.from({ length: count }, () => value(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: count }, () => [random.pick([...KEYS, 'a']), value(random, depth + 1)]),
  );
}

function envelope(random: Random): Record<string, unknown> {
  const found: Record<string, unknown> = { event: random.pick(['x', '$join', 'exception']) };
  for (const key of KEYS) if (random.chance(0.3)) found[key] = value(random);
  return found;
}

/** What peers call an envelope: it is one, or a `WireError` that does not quote it. */
export const codecs: Target = {
  name: 'codecs',

  generate: (random) => {
    const found = envelope(random);
    if (random.chance(0.5)) return Buffer.from(JSON.stringify(found));
    const { event, data, id } = found as { event: string; data: unknown; id: string };
    return Buffer.from(msgpack.encode({ event, data, id }));
  },

  async start() {
    msgpack = await createMsgpackCodec();
  },

  run(bytes: Buffer): void {
    for (const [codec, payload] of [
      [jsonCodec, bytes.toString()],
      [jsonCodec, bytes],
      [msgpack, bytes],
      [msgpack, bytes.toString()],
    ] as const) {
      tryDecode(codec, payload);
    }
    const names = JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort());
    check(names === PROTOTYPE, 'Object.prototype has changed');
  },
};

function tryDecode(codec: Codec, payload: string | Uint8Array): void {
  const reads = [
    () => codec.decode(payload),
    () => codec.decodeFrame?.(payload) ?? codec.decode(payload),
  ];
  for (const read of reads) {
    let found;
    try {
      found = read();
    } catch (error) {
      check(error instanceof WireError, `${codec.name} throws ${String(error)}`);
      check(error.message.length < 300, `${codec.name} says ${error.message.length} characters`);
      continue;
    }
    const { event, id } = found;
    check(typeof event === 'string' && event.length > 0 && event.length <= 128, 'No event');
    check(id === undefined || typeof id === 'string' || Number.isFinite(id), 'No id');
    // What was read can be written, and is then read as the same.
    const again = codec.decode(codec.encode({ event, data: found.data, id }));
    check(same(again.data, found.data), `${codec.name} reads another value the second time`);
  }
}

function same(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** Half a surrogate pair, which MessagePack has no form for, becomes what UTF-8 makes of it. */
function textOf(one: unknown): string | undefined {
  return JSON.stringify(one, (_key, inner: unknown) => {
    if (typeof inner === 'string') return Buffer.from(inner).toString();
    return typeof inner === 'bigint' ? `${inner}n` : inner;
  });
}
