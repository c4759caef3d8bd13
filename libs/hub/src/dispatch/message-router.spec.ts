import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { MessageRouter } from './message-router.js';

const handler = (event: string) => ({ event, handle: () => undefined });

describe('the message router', () => {
  it('finds handlers by event and lists the events', () => {
    const say = handler('say');
    const router = new MessageRouter([say, handler('shout')]);
    expect(router.get('say')).toBe(say);
    expect(router.get('whisper')).toBeUndefined();
    expect(router.events).toEqual(['say', 'shout']);
  });

  it('gives everything else to the fallback, but not the cancel of a request', () => {
    const fallback = handler('any');
    const router = new MessageRouter([handler('say')], fallback);
    expect(router.get('whisper')).toBe(fallback);
    expect(router.get('$cancel')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for an unknown event, and for a known one when registered',
    (event) => {
      expect(new MessageRouter([]).get(event)).toBeUndefined();
      const known = handler(event);
      expect(new MessageRouter([known]).get(event)).toBe(known);
    },
  );

  it('refuses an event twice, the reserved one, and lengths other than 1 to 128', () => {
    expect(() => new MessageRouter([handler('say'), handler('say')])).toThrow(UsageError);
    expect(() => new MessageRouter([handler('$cancel')])).toThrow('reserved');
    expect(() => new MessageRouter([handler('')])).toThrow(UsageError);
    expect(() => new MessageRouter([handler('e'.repeat(129))])).toThrow(UsageError);
    expect(() => new MessageRouter([handler(7 as unknown as string)])).toThrow(UsageError);
    expect(new MessageRouter([handler('e'.repeat(128))]).events).toHaveLength(1);
  });
});
