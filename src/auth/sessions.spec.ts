import { describe, expect, it } from '@jest/globals';
import { ReadyState } from '#engine';
import type { Connection } from '#hub';
import { resolveOptions } from '../options/ws-options.resolver.js';
import { Sessions } from './sessions.js';

describe('sessions', () => {
  it('of a connection that is renewed again and again are not kept until it closes', () => {
    let waiting = 0;
    const connection = {
      user: undefined,
      get closed(): Promise<void> {
        waiting++;
        return Promise.resolve();
      },
    } as unknown as Connection;
    const sessions = new Sessions(resolveOptions());
    const now = Math.ceil(Date.now() / 1_000);
    for (let count = 1; count <= 100; count++) {
      const exp = now + 3_600 + count;
      expect(sessions.renew(connection, { exp })).toBe(exp * 1_000);
    }
    expect(waiting).toBe(1);
  });

  it('of a connection that has closed do not begin', () => {
    const connection = { readyState: ReadyState.Closed } as Connection;
    const sessions = new Sessions(resolveOptions());
    const exp = Math.ceil(Date.now() / 1_000) + 3_600;
    expect(sessions.renew(connection, { exp })).toBeUndefined();
    expect(sessions.expiresAt(connection)).toBeUndefined();
  });

  it.each<[unknown, number | undefined]>([
    [4_000_000_000, 4_000_000_000_000],
    ['4000000000', 4_000_000_000_000],
    ['2099-01-01', 0],
    ['', 0],
    [{}, 0],
    [true, 0],
    [null, undefined],
    [undefined, undefined],
  ])('end by an exp claim of %j at %j', (exp, expiresAt) => {
    const connection = {
      closed: Promise.resolve(),
      close() {},
      send() {},
    } as unknown as Connection;
    const sessions = new Sessions(resolveOptions());
    expect(sessions.renew(connection, { exp })).toBe(expiresAt);
  });
});
