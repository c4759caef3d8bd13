import { describe, expect, it } from '@jest/globals';
import { userIdOf } from '#hub';
import { identityOf } from './identity.js';

const same = (one: unknown, other: unknown, idOf = userIdOf): boolean => {
  const identity = identityOf(one, idOf);
  return identity !== undefined && identity === identityOf(other, idOf);
};

const teamOf = (user: unknown): string | undefined => (user as { team?: string }).team;

describe('identityOf', () => {
  it.each<[unknown, unknown]>([
    ['ada', 'ada'],
    [7, '7'],
    [{ id: 7 }, { id: '7', roles: ['new'] }],
    [
      { sub: 'ada', iat: 1, exp: 2 },
      { sub: 'ada', iat: 3, exp: 4 },
    ],
    [
      { sub: 'ada', iss: 'https://a' },
      { sub: 'ada', iss: 'https://a' },
    ],
  ])('is one for %j and %j', (one, other) => {
    expect(same(one, other)).toBe(true);
  });

  it.each<[unknown, unknown]>([
    ['ada', 'bob'],
    [{ sub: 'ada' }, { sub: 'bob' }],
    [
      { id: 'team', sub: 'ada' },
      { id: 'team', sub: 'bob' },
    ],
    [
      { sub: 'ada', iss: 'https://a' },
      { sub: 'ada', iss: 'https://b' },
    ],
    [{ sub: 'ada' }, { id: 'ada' }],
    [{ id: Number.NaN }, { id: Number.NaN }],
    [{ role: 'user' }, { role: 'user' }],
    [{ id: { toString: () => 'ada' } }, { id: { toString: () => 'ada' } }],
    [{}, {}],
    ['', ''],
    [undefined, undefined],
    [null, { id: 'ada' }],
  ])('does not prove that %j is %j', (one, other) => {
    expect(same(one, other)).toBe(false);
  });

  it('is what an option userId says, if that says anything', () => {
    expect(same({ id: 1, team: 'a' }, { id: 2, team: 'a' }, teamOf)).toBe(true);
    expect(same({ id: 1, team: 'a' }, { id: 1, team: 'b' }, teamOf)).toBe(false);
    expect(same({ id: 1 }, { id: 1 }, teamOf)).toBe(false);
    expect(same({ id: 1 }, { id: 1 }, () => '')).toBe(false);
    expect(same({ id: 1 }, { id: 1 }, () => 1 as never)).toBe(false);
  });
});
