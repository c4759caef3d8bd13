import { describe, expect, it } from '@jest/globals';
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  nat,
  oneof,
  option,
  property,
  record,
  string,
  uint8Array,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { MessageKind } from '../bus/message-kind.js';
import { channelsOf } from './address-channels.js';
import { readBroadcast, writeBroadcast, type BroadcastPayload } from './broadcast-payload.js';
import {
  encodeMessage,
  MessageFlag,
  parseMessage,
  readPayload,
  type ClusterMessage,
  type MessageHeader,
  type MessageReader,
} from './cluster-message.js';
import { IGNORED_REASONS } from '../bus/ignored-reason.js';
import { Seal } from './seal.js';

const HEADER: MessageHeader = {
  version: 1,
  kind: MessageKind.Broadcast,
  flags: 0,
  node: 'aaaaaaaaaaaaaaaa',
  seq: 7,
  prev: 5,
};
const READER: MessageReader = {
  node: 'bbbbbbbbbbbbbbbb',
  versions: { min: 1, max: 1 },
  seal: undefined,
  maxMessage: 1024 * 1024,
};

function message(header: Partial<MessageHeader> = {}, payload = 'payload', seal?: Seal): Buffer {
  return encodeMessage({ ...HEADER, ...header }, seal, (writer) =>
    writer.raw(Buffer.from(payload)),
  );
}

function encoded(payload: BroadcastPayload): Buffer {
  return encodeMessage(HEADER, undefined, (writer) => writeBroadcast(writer, payload));
}

const name = string({ unit: 'binary', maxLength: 20 });
const broadcasts: Arbitrary<BroadcastPayload> = record({
  address: record({
    rooms: array(name, { maxLength: 12 }),
    users: array(name, { maxLength: 12 }),
    everyone: boolean(),
    exceptRooms: array(name, { maxLength: 3 }),
    exceptIds: array(name, { maxLength: 3 }).map((ids): ReadonlySet<string> => new Set(ids)),
  }),
  event: name,
  options: option(
    record({
      policy: constantFrom(undefined, 'close' as const, 'latest' as const, 'volatile' as const),
      key: option(name, { nil: undefined }),
      volatile: boolean(),
      compress: boolean(),
    }),
    { nil: undefined },
  ),
  prevs: array(nat(), { maxLength: 8 }),
  parts: array(
    oneof(
      record({
        codec: name,
        text: constant(true),
        bytes: string({ unit: 'grapheme', maxLength: 30 }).map((text) =>
          new TextEncoder().encode(text),
        ),
      }),
      record({ codec: name, text: constant(false), bytes: uint8Array({ maxLength: 30 }) }),
    ),
    { maxLength: 3 },
  ),
});

describe('a message between nodes', () => {
  it('comes back as it was sent', () => {
    const parsed = parseMessage(message(), READER);
    expect(parsed).toMatchObject(HEADER);
    expect(String((parsed as ClusterMessage).payload)).toBe('payload');
  });

  it('takes 26 bytes beside its payload', () => {
    expect(message({}, '')).toHaveLength(26);
  });

  it.each([
    ['foreign', Buffer.from('{"event":"hello","data":"from somebody else"}')],
    ['foreign', Buffer.alloc(0)],
    ['foreign', message().subarray(0, 25)],
    ['version', message({ version: 2 })],
    ['version', message({ version: 0 })],
    ['critical', message({ flags: 0x8000 })],
    ['own', message({ node: READER.node })],
    ['unauthenticated', message({ flags: MessageFlag.Signed })],
    ['too-large', message({ kind: MessageKind.Heartbeat }, 'x'.repeat(64 * 1024 + 1))],
    ['too-large', message({ kind: MessageKind.Answer }, 'x'.repeat(1024 * 1024))],
    ['too-large', message({}, 'x'.repeat(1024 * 1024))],
  ] as const)('is ignored as %s', (reason, bytes) => {
    expect(parseMessage(bytes, READER)).toBe(reason);
  });

  it('may have flags of the lower byte that nobody knows', () => {
    expect(parseMessage(message({ flags: 0x0080 }), READER)).toMatchObject({ flags: 0x0080 });
  });

  it('of any bytes is a message or a reason', () => {
    const bytes = oneof(
      uint8Array({ maxLength: 200 }),
      tuple(
        uint8Array({ minLength: 24, maxLength: 200 }),
        constantFrom(0x0101, 0x0103, 0x0208),
      ).map(([rest, head]) => Buffer.concat([Buffer.from([0x4e, 0x57, head >> 8, head]), rest])),
    );
    assert(
      property(bytes, (one) => {
        const parsed = parseMessage(one, READER);
        if (typeof parsed === 'string') expect(IGNORED_REASONS).toContain(parsed);
        else readPayload(parsed.payload, readBroadcast);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a broadcast between nodes', () => {
  it('comes back as it was sent', () => {
    assert(
      property(broadcasts, (payload) => {
        const bytes = encoded(payload);
        const parsed = parseMessage(bytes, READER) as ClusterMessage;
        const read = readPayload(parsed.payload, readBroadcast);
        const { options, parts, ...rest } = payload;
        expect(read).toMatchObject(rest);
        expect(read?.options?.policy).toBe(options?.policy);
        expect(read?.options?.key).toBe(options?.key);
        expect(read?.options?.volatile ?? false).toBe(options?.volatile ?? false);
        expect(read?.options?.compress ?? true).toBe(options?.compress ?? true);
        expect(read?.parts.map((part) => ({ ...part, bytes: new Uint8Array(part.bytes) }))).toEqual(
          parts.map((part) => ({ ...part, bytes: new Uint8Array(part.bytes) })),
        );
      }),
    );
  });

  it('with bytes changed, missing or added is read or refused, and never throws', () => {
    assert(
      property(broadcasts, nat(), nat(255), nat(40), (payload, at, value, cut) => {
        const bytes = encoded(payload);
        const body = bytes.subarray(26);
        expect(
          readPayload(Buffer.concat([body, Buffer.from('more')]), readBroadcast),
        ).toBeUndefined();
        // Behind the rest: a changed length may well stand for more.
        body[at % body.length] = value;
        readPayload(body, readBroadcast);
        readPayload(body.subarray(0, body.length - cut), readBroadcast);
      }),
      { numRuns: 2_000 },
    );
  });

  it('announces no more than there may be, before anything is allocated', () => {
    const counts = [0xffff, 1_025];
    for (const count of counts) {
      const rooms = Buffer.alloc(6 + count * 2);
      rooms.writeUInt16BE(count, 4);
      expect(readPayload(rooms, readBroadcast)).toBeUndefined();
    }
  });

  it('is refused where it could not be read again', () => {
    const payload: BroadcastPayload = {
      address: {
        rooms: Array.from({ length: 2_000 }, (_, index) => String(index)),
        users: [],
        everyone: false,
        exceptRooms: [],
        exceptIds: new Set(),
      },
      event: 'said',
      options: undefined,
      prevs: [],
      parts: [],
    };
    expect(() => encoded(payload)).toThrow('the limit is 1024 rooms, current value is 2000');
    const long = { ...payload.address, rooms: Array.from({ length: 300 }, () => 'x'.repeat(256)) };
    expect(() => encoded({ ...payload, address: long })).toThrow('the limit is 65536 bytes');
  });

  it('goes to the channels of its address, or to everybody', () => {
    const nobody = {
      rooms: [],
      users: [],
      everyone: false,
      exceptRooms: [],
      exceptIds: new Set(''),
    };
    expect(channelsOf({ ...nobody, rooms: ['x'] })).toEqual(['r:x']);
    expect(channelsOf({ ...nobody, rooms: ['x', 'y', 'x'], users: ['x'] })).toEqual([
      'r:x',
      'r:y',
      'u:x',
    ]);
    expect(channelsOf({ ...nobody, rooms: ['x'.repeat(257)] })).toEqual([]);
    expect(channelsOf({ ...nobody, everyone: true, rooms: ['x'] })).toEqual(['a']);
    const many = Array.from({ length: 9 }, (_, index) => String(index));
    expect(channelsOf({ ...nobody, rooms: many })).toEqual(['a']);
    expect(channelsOf({ ...nobody, rooms: many.slice(1) })).toHaveLength(8);
  });
});

describe('a secret', () => {
  const seal = new Seal('correct horse battery');

  it('lets those speak who know it', () => {
    expect(parseMessage(message({}, 'hello', seal), { ...READER, seal })).toMatchObject({ seq: 7 });
  });

  it('is needed whole', () => {
    const reader = { ...READER, seal };
    expect(parseMessage(message(), reader)).toBe('unauthenticated');
    const other = new Seal('correct horse batterz');
    expect(parseMessage(message({}, 'hello', other), reader)).toBe('unauthenticated');
    const short = message({ flags: MessageFlag.Signed }, '');
    expect(parseMessage(short, reader)).toBe('malformed');
    const signed = message({}, 'hello', seal);
    for (let at = 0; at < signed.length; at++) {
      const bent = Buffer.from(signed);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(typeof parseMessage(bent, reader)).toBe('string');
    }
  });

  it('is not asked for where there is none', () => {
    expect(parseMessage(message({}, 'hello', seal), READER)).toBe('unauthenticated');
  });
});
