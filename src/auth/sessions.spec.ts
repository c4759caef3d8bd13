import { describe, expect, it } from '@jest/globals';
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
});
