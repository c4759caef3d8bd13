import { describe, expect, it } from '@jest/globals';
import { serve, turn, type Client } from '../testing-fixtures/fake-upgrade.js';
import { SlowMailboxStore } from '../testing-fixtures/slow-stores.js';
import type { MailboxOptions } from '../mailbox/mailbox-options.js';

const post = (options: MailboxOptions = {}) => serve({}, {}, { mailbox: options });
const KEPT = { acknowledge: true };

async function ask({ transport }: Client, data?: unknown): Promise<Record<string, unknown>> {
  transport.event('$mail', data, 'q');
  for (let turns = 0; turns < 5; turns += 1) await turn();
  const answer = transport.heard.at(-1);
  expect(answer).toMatchObject({ id: 'q' });
  return answer?.['data'] as Record<string, unknown>;
}

describe('$mail', () => {
  it.each([
    ['memory', {}],
    ['a store that has to be waited for', { store: new SlowMailboxStore() }],
  ])(
    'tells what waits in %s, as often as it is asked, and takes nothing out',
    async (_, options) => {
      const { hub, connect } = post(options);
      for (const n of [1, 2]) await hub.mailbox.send('ada', 'note', n, KEPT);
      await hub.mailbox.send('ada', 'invoice', 3, KEPT);
      const ada = connect({ user: 'ada' });
      await turn();
      const waiting = await hub.mailbox.waiting('ada');
      const mail = waiting.map(({ event, data, number }) => ({ event, data, mail: number }));
      const box = expect.stringMatching(/^[\w-]{22}$/);
      expect(await ask(ada)).toEqual({ box, mail, more: false });
      expect(await ask(ada, { event: 'invoice' })).toEqual({
        box,
        mail: mail.slice(2),
        more: false,
      });
      expect(await ask(ada, { event: 'other' })).toEqual({ box, mail: [], more: false });
      expect(await hub.mailbox.waiting('ada')).toHaveLength(3);
    },
  );

  it('leaves out what asks for nothing: that is handed out once', async () => {
    const { hub, connect } = post();
    const ada = connect({ user: 'ada' });
    ada.transport.flushes = false;
    ada.transport.bufferedAmount = 1e9;
    for (const options of [{}, KEPT]) await hub.mailbox.send('ada', 'note', options, options);
    expect(await ask(ada)).toMatchObject({ mail: [{ data: KEPT }] });
  });

  it('comes in parts, none of which is long', async () => {
    const { hub, connect } = post();
    const long = 'x'.repeat(30_000);
    for (let n = 1; n <= 5; n += 1) await hub.mailbox.send('ada', 'note', `${n}${long}`, KEPT);
    const ada = connect({ user: 'ada' });
    const seen: string[] = [];
    const parts: number[] = [];
    for (let after = 0; ;) {
      const answer = await ask(ada, { after });
      const mail = answer['mail'] as { data: string; mail: number }[];
      seen.push(...mail.map(({ data }) => data.charAt(0)));
      parts.push(mail.length);
      after = mail.at(-1)?.mail ?? Infinity;
      if (answer['more'] !== true) break;
    }
    expect([seen, parts]).toEqual([
      ['1', '2', '3', '4', '5'],
      [2, 2, 1],
    ]);
    expect(await ask(ada, { most: 1 })).toMatchObject({ mail: [{}], more: true });
  });

  it('names the mailbox, the same on each connection of a user, and not whose it is', async () => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 1, KEPT);
    const boxes = await Promise.all(
      ['ada', 'ada', 'bob'].map((user) => ask(connect({ user }), { most: 0 })),
    );
    const [first, second, other] = boxes.map(({ box }) => box);
    expect(first).toBe(second);
    expect(first).not.toBe(other);
    expect(first).not.toContain('ada');
    expect(boxes).toMatchObject([{ mail: [] }, { mail: [] }, { mail: [] }]);
  });

  it('has nothing for whoever is not signed in', async () => {
    expect(await ask(post().connect())).toEqual({ mail: [], more: false });
  });

  it('tells nobody what waits for somebody else', async () => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 1, KEPT);
    expect(await ask(connect({ user: 'bob' }))).toMatchObject({ mail: [] });
  });

  it.each<[string, unknown]>([
    ['a string', 'note'],
    ['a number', 5],
    ['an event that is no name', { event: '' }],
    ['an endless name', { event: 'e'.repeat(129) }],
    ['an event of another type', { event: { toString: 'note' } }],
    ['half a number', { after: 0.5 }],
    ['a negative number', { after: -1 }],
    ['a number as text', { after: '1' }],
    ['a negative count', { most: -1 }],
    ['an endless count', { most: Infinity }],
  ])('refuses %s', async (_, data) => {
    const { hub, connect } = post();
    await hub.mailbox.send('ada', 'note', 1, KEPT);
    // JSON has no Infinity: it arrives as null.
    expect(await ask(connect({ user: 'ada' }), data)).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('gives as many as it gives where more are asked for', async () => {
    const { hub, connect } = post({ maxMessages: 200 });
    for (let n = 0; n < 150; n += 1) await hub.mailbox.send('ada', 'note', n, KEPT);
    const answer = await ask(connect({ user: 'ada' }), { most: 1e6 });
    expect(answer['more']).toBe(true);
    expect(answer['mail']).toHaveLength(100);
  });
});
