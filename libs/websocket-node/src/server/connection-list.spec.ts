import { describe, expect, it } from '@jest/globals';
import { ConnectionList } from './connection-list.js';
import type { WebSocketConnection } from '../connection/connection.js';

describe('a list of connections', () => {
  it('loses exactly the ones that are taken out, in any order', () => {
    const all = Array.from({ length: 20 }, (_, id) => ({ id }) as unknown as WebSocketConnection);
    const list = new ConnectionList();
    for (const one of all) list.add(one);
    const kept = new Set(all);
    for (const index of [19, 0, 7, 7, 18, 3]) {
      const one = all[index]!;
      if (kept.delete(one)) list.remove(one);
      expect(new Set(list.items)).toEqual(kept);
      expect(list.items).toHaveLength(kept.size);
    }
    list.remove(all[0]!);
    expect(list.items).toHaveLength(kept.size);
  });
});
