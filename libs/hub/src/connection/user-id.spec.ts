import { describe, expect, it } from '@jest/globals';
import { userIdOf } from './user-id.js';

describe('the id of a user', () => {
  it.each<[unknown, string]>([
    ['ada', 'ada'],
    [7, '7'],
    [{ id: 'ada' }, 'ada'],
    [{ id: 7 }, '7'],
    [{ userId: 'ada', sub: 'other' }, 'ada'],
    [{ sub: 'ada', id: '' }, 'ada'],
    ['__proto__', '__proto__'],
    ['u'.repeat(256), 'u'.repeat(256)],
  ])('in %j is %s', (user, id) => {
    expect(userIdOf(user)).toBe(id);
  });

  it.each([undefined, null, '', {}, [], true, Number.NaN, { id: {} }, 'u'.repeat(257)])(
    'in %j is none',
    (user) => {
      expect(userIdOf(user)).toBeUndefined();
    },
  );
});
