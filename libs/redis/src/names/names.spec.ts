import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, nat, oneof, property } from 'fast-check';
import { escapeName, unescapeName } from './escaped-name.js';
import { Names } from './names.js';

const names = new Names('chat');
/** Any UTF-16 units, lone surrogates and braces among them. */
const anything = array(
  oneof(
    constantFrom('%', '{', '}', ':', '7', 'D', 'h', 'u'),
    nat(0xffff).map((n) => String.fromCharCode(n)),
  ),
).map((units) => units.join(''));

describe('a name in a key', () => {
  it('is got back, has no braces, and is UTF-8', () => {
    assert(
      property(anything, (name) => {
        const escaped = escapeName(name);
        expect(unescapeName(escaped)).toBe(name);
        expect(escaped).not.toMatch(/[{}]/);
        expect(Buffer.from(escaped).toString()).toBe(escaped);
      }),
    );
  });

  it('stays as it is when nothing is wrong with it', () => {
    for (const name of ['', 'room 1', 'a:b*>', '\u{1F600}']) expect(escapeName(name)).toBe(name);
  });

  it('gives each room keys and channels of its own, in one slot', () => {
    assert(
      property(anything, anything, anything, anything, (room, other, id, otherId) => {
        const keys = [
          ...names.history(room),
          names.historyChannel(room),
          names.idempotency(room, id),
        ];
        const tags = new Set(keys.map((key) => /\{(.*?)\}/s.exec(key)?.[1]));
        expect(tags.size).toBe(1);
        expect(new Set([...keys, names.channel(`r:${room}`)]).size).toBe(6);
        if (room === other && id === otherId) return;
        expect(names.idempotency(other, otherId)).not.toBe(names.idempotency(room, id));
      }),
    );
  });
});

describe('a channel', () => {
  it.each([
    ['a', 'nw:chat:all'],
    ['n:0123456789abcdef', 'nw:chat:n:0123456789abcdef'],
    ['r:lobby', 'nw:chat:{r:lobby}'],
    ['u:ada', 'nw:chat:{u:ada}'],
    ['r:', 'nw:chat:{r:}'],
    ['r:a}:h', 'nw:chat:{r:a%7D:h}'],
    ['u:\uD800', 'nw:chat:{u:%uD800}'],
  ])('%j is %j, and back', (logical, channel) => {
    expect(names.channel(logical)).toBe(channel);
    expect(names.logical(channel)).toBe(logical);
    expect(names.isHistoryChannel(channel)).toBe(false);
  });

  it('of another kind is none', () => {
    expect(names.logical('nw:chat:{r:a}:m')).toBeUndefined();
    expect(names.logical('nw:chat:probe:x')).toBeUndefined();
    expect(names.ofPart('{x:a}')).toBeUndefined();
    expect(names.isHistoryChannel(names.historyChannel('a'))).toBe(true);
  });
});
