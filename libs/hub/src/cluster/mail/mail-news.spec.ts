import { describe, expect, it } from '@jest/globals';
import type { NumberedMail } from '../../broker/broker-mailbox.js';
import type { BusListener, BusMessage, ClusterBus } from '../bus/cluster-bus.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';
import { MessageKind } from '../bus/message-kind.js';
import { ClusterMailNews } from './mail-news.js';

/** Buses of nodes that hear one another at once. */
class OneRoomBus implements ClusterBus {
  readonly peers = new Map();
  readonly up = true;
  readonly heard: ((message: BusMessage) => void)[] = [];
  readonly listeners: BusListener[] = [];
  ignoredCount = 0;

  constructor(
    readonly node: string,
    readonly others: OneRoomBus[],
  ) {}

  publish(channel: string, kind: MessageKind, payload: Uint8Array): void {
    expect(kind).toBe(MessageKind.Mail);
    expect(payload.length).toBeLessThanOrEqual(64 * 1024);
    // Lent: it is another message's afterwards.
    const lent = Uint8Array.from(payload);
    for (const { heard } of this.others) {
      for (const listener of heard) listener({ from: this.node, channel, payload: lent });
    }
    lent.fill(0);
  }

  on(kind: MessageKind, listener: (message: BusMessage) => void): void {
    if (kind === MessageKind.Mail) this.heard.push(listener);
  }

  observe(listener: BusListener): () => void {
    this.listeners.push(listener);
    return () => {};
  }

  ignored(): void {
    this.ignoredCount++;
  }

  hold(): void {}
  release(): void {}
  settled(): Promise<void> {
    return Promise.resolve();
  }
}

function pair(clocks: readonly [number, number] = [1_700_000_000_000, 1_700_000_000_000]) {
  const there = new OneRoomBus('b', []);
  const here = new OneRoomBus('a', [there]);
  const heard: unknown[] = [];
  const news = new ClusterMailNews(there, new FakeClock(clocks[1]));
  news.on({
    kept: (userId, mail) => void heard.push([userId, mail]),
    up: () => void heard.push('up'),
  });
  return { sender: new ClusterMailNews(here, new FakeClock(clocks[0])), there, heard };
}

const mail: NumberedMail = {
  number: 1_700_000_000_000 * 4_096 + 5,
  expiresAt: 1_700_000_000_000,
  size: 4_000_000_000,
  body: Uint8Array.of(1, 2, 3),
};

describe('news of mail on the bus of the nodes', () => {
  it.each(['ada', 'u:a', 'Ren\u00e9e \ud83d\ude00', '\ud800', ' '])(
    'carries mail of %j whole',
    (userId) => {
      const { sender, heard } = pair();
      sender.kept(userId, mail);
      expect(heard).toEqual([[userId, mail]]);
    },
  );

  it('says where to look when the mail is too long', () => {
    const { sender, heard } = pair();
    sender.kept('ada', { ...mail, body: new Uint8Array(64 * 1024) });
    expect(heard).toEqual([['ada', undefined]]);
  });

  it('never throws, not for a date past all dates either', () => {
    const { sender, heard } = pair();
    sender.kept('ada', { ...mail, expiresAt: Number.MAX_SAFE_INTEGER });
    expect(heard).toEqual([['ada', { ...mail, expiresAt: 2 ** 48 - 1 }]]);
  });

  it.each([-86_400_000, -3_600_000, 3_600_000, 86_400_000])(
    'gives mail its time whatever the clock of its sender says (%d ms off)',
    (skew) => {
      const now = 1_700_000_000_000;
      const { sender, heard } = pair([now + skew, now]);
      sender.kept('ada', { ...mail, expiresAt: now + skew + 60_000 });
      expect(heard).toEqual([['ada', { ...mail, expiresAt: now + 60_000 }]]);
    },
  );

  it('says when the broker is back', () => {
    const { there, heard } = pair();
    for (const one of there.listeners) one.up?.();
    expect(heard).toEqual(['up']);
  });

  it.each([
    ['u:ada', ''],
    ['u:ada', 'b'],
    ['u:ada', 'a'],
    ['u:ada', 'a\u0002'],
    ['u:ada', 'a\u0000more'],
    ['u:ada', `a\u0001${'\u0000'.repeat(22)}`],
    ['u:ada', `a\u0001${'\u00ff'.repeat(22)}`],
    ['u:ada', `a\u0001${'\u00ff'.repeat(8)}${'\u0000'.repeat(14)}`],
    ['r:lobby', 'a\u0000'],
    ['strange', 'a\u0000'],
  ])('ignores and counts what makes no sense (%j, %j)', (channel, text) => {
    const { there, heard } = pair();
    for (const hear of there.heard) {
      hear({ from: 'c', channel, payload: Buffer.from(text, 'latin1') });
    }
    expect([heard, there.ignoredCount]).toEqual([[], 1]);
  });
});
