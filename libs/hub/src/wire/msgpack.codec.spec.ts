import { describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import type { Envelope } from './envelope.js';
import { createMsgpackCodec, loadMsgpackCodec } from './msgpack.codec.js';

const codec = await loadMsgpackCodec();

function refusal(payload: string | Uint8Array): object {
  try {
    codec.decode(payload);
  } catch (error) {
    return error as object;
  }
  throw new Error('expected the payload to be refused');
}

describe('the MessagePack codec', () => {
  it('is one instance of binary messages', async () => {
    expect(await loadMsgpackCodec()).toBe(codec);
    expect(codec.binary).toBe(true);
    expect(codec.name).toBe('msgpack');
  });

  it.each<Envelope>([
    { event: 'a', data: undefined },
    { event: 'a', data: null, id: 7 },
    { event: 'a', data: { list: [1, -2.5, 'é'], deep: { yes: true } }, id: 'x' },
    { event: 'a', data: new Uint8Array([1, 2, 3]) },
    { event: 'a', data: new Date(1_700_000_000_123) },
  ])('carries %j there and back', (envelope) => {
    expect(codec.decode(codec.encode(envelope))).toEqual(envelope);
  });

  it('carries every field of the server', () => {
    const at = { room: 'r', epoch: 'e', offset: 3 };
    const envelope = { event: 'a', data: 1, id: 2, complete: true, at, mail: 4 };
    expect(decode(codec.encode(envelope) as Uint8Array)).toEqual(envelope);
  });

  it('leaves out what is undefined, and takes no complete from a client', () => {
    const bytes = codec.encode({ event: 'a', data: 1, complete: true });
    expect(bytes).toHaveLength(encode({ event: 'a', data: 1, complete: true }).length);
    expect(codec.decode(bytes)).toEqual({ event: 'a', data: 1 });
  });

  it.each<[string, string | Uint8Array]>([
    ['text', '{"event":"a"}'],
    ['nothing', new Uint8Array()],
    ['half a message', encode({ event: 'abcdef' }).subarray(0, 6)],
    ['two messages', Buffer.concat([encode({ event: 'a' }), encode({ event: 'a' })])],
    ['an array', encode(['a'])],
    ['a number', encode(5)],
    ['an event that is none', encode({ event: 5 })],
    ['a prototype', Buffer.from([0x81, 0xa9, ...Buffer.from('__proto__'), 0x80])],
    ['a length that is a lie', new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff])],
  ])('refuses %s with BAD_ENVELOPE', (_what, payload) => {
    expect(refusal(payload)).toMatchObject({ name: 'WireError', code: 'BAD_ENVELOPE' });
  });

  it('refuses arrays that are not there before it makes them', () => {
    const announced = [0xdd, 0x01, 0xff, 0xff, 0xff];
    const payload = new Uint8Array(Array.from({ length: 3 }, () => announced).flat());
    const before = process.memoryUsage().heapTotal;
    expect(refusal(payload)).toMatchObject({ code: 'BAD_ENVELOPE' });
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(100_000_000);
  });

  it('bounds nesting both ways, at 100 levels or what it was made for', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const packed = (levels: number): Uint8Array =>
      encode({ event: 'a', data: nested(levels - 1) }, { maxDepth: 5_000 });
    expect(codec.decode(packed(100)).event).toBe('a');
    expect(refusal(packed(101))).toMatchObject({
      code: 'BAD_ENVELOPE',
      message:
        'Cannot parse message: at most 100 levels of arrays and objects are expected, it has more',
    });
    expect(codec.encode({ event: 'a', data: nested(99) })).toEqual(packed(100));
    expect(() => codec.encode({ event: 'a', data: nested(100) })).toThrow(/[Tt]oo deep/);
    const deeper = await createMsgpackCodec({ maxDepth: 500 });
    expect(deeper.encode(deeper.decode(packed(500)))).toEqual(packed(500));
    expect(() => deeper.decode(packed(501))).toThrow(/at most 500 levels/);
    await expect(createMsgpackCodec({ maxDepth: 0 })).rejects.toThrow(/^Cannot make codec: /);
  });
});
