import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Client } from '../../testing-fixtures/fake-upgrade.js';
import { chance } from '../../testing-fixtures/chance.js';
import { MailServer } from '../../testing-fixtures/faulty-mailbox.js';
import { mailNode, type MailingNode } from '../../testing-fixtures/mail-node.js';
import { FakeClock } from '../../testing-fixtures/fake-clock.js';

/** One step; the number chooses a node or a client. */
type Step = readonly [
  'send' | 'ask' | 'arrive' | 'leave' | 'ack' | 'cut' | 'heal' | 'pass',
  number,
];

/** A connection of the user, and what had been acknowledged before it came. */
interface Tab extends Client {
  readonly node: MailingNode;
  readonly before: ReadonlySet<number>;
}

async function run(seed: number, steps: readonly Step[]): Promise<void> {
  const clock = new FakeClock(Date.now(), chance(seed));
  const server = new MailServer(clock);
  const faults = { delay: 20, newsDelay: 60, loss: 0.2, doubling: 0.3 };
  const nodes = [0, 1, 2].map(() => mailNode(server, faults));
  const tabs = new Set<Tab>();
  const gone = new Set<Tab>();
  const acknowledged = new Set<number>();
  /** Data of mail that was kept, or handed over. */
  const sent = new Map<number, boolean>();
  let count = 0;
  for (const [what, which] of steps) {
    const node = nodes[which % nodes.length] as MailingNode;
    const tab = [...tabs][which % Math.max(1, tabs.size)];
    if (what === 'pass') await clock.advance(which);
    if (what === 'cut') node.node.isDown = true;
    if (what === 'heal' && node.node.isDown) node.node.heal();
    if (what === 'arrive') tabs.add({ ...node.arrive(), node, before: new Set(acknowledged) });
    if (what === 'send' || what === 'ask') {
      const data = ++count;
      const acknowledge = what === 'ask';
      const result = node.mailbox.send('ada', 'note', data, { acknowledge });
      void result.then(() => sent.set(data, acknowledge)).catch(() => {});
    }
    if (what === 'leave' && tab !== undefined) {
      tab.transport.end();
      tabs.delete(tab);
      gone.add(tab);
    }
    if (what === 'ack' && tab !== undefined) {
      const mail = tab.transport.heard.map((one) => Number(one.mail)).find((one) => one > 0);
      if (mail !== undefined) {
        void tab.node.mailbox.acknowledge(tab.connection, mail).then(
          () => {
            // Of all acknowledgements of one mail, the first wins.
            expect(acknowledged.has(mail)).toBe(false);
            acknowledged.add(mail);
          },
          () => {},
        );
      }
    }
  }
  for (const { node } of nodes) node.isDown = true;
  await clock.advance(1_000);
  for (const { node } of nodes) node.heal();
  await clock.advance(1_000);

  const everywhere = new Set<unknown>();
  for (const { transport, before } of [...tabs, ...gone]) {
    const data = transport.heard.map((one) => one.data);
    for (const one of data) everywhere.add(one);
    expect(new Set(data).size).toBe(data.length);
    for (const { mail } of transport.heard) expect(before.has(Number(mail))).toBe(false);
  }
  const waiting = await waitingIn(server);
  for (const [data, asked] of sent) {
    if (!everywhere.has(data)) expect(waiting.has(data)).toBe(true);
    if (!asked || !waiting.has(data)) continue;
    for (const { transport } of tabs)
      expect(transport.heard.map((one) => one.data)).toContain(data);
  }
  for (const number of acknowledged) {
    expect(server.list('ada').map((one) => one.number)).not.toContain(number);
  }
}

async function waitingIn(server: MailServer): Promise<Set<unknown>> {
  const { mailbox } = mailNode(server);
  return new Set((await mailbox.waiting('ada')).map(({ data }) => data));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('send' as const), fc.nat(2)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('ask' as const), fc.nat(2)) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('pass' as const), fc.integer({ min: 1, max: 60 })) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('arrive' as const), fc.nat(2)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('leave' as const), fc.nat(9)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('ack' as const), fc.nat(9)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('cut' as const, 'heal' as const), fc.nat(2)),
  },
);

describe('mail of three nodes, whatever happens in any order', () => {
  const RUNS = Number(process.env.HISTORY_RUNS ?? 150);

  it('comes once to each connection, waits until it has come, and is over when acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(step, { minLength: 10, maxLength: 80 }),
        (seed, steps) => run(seed, steps),
      ),
      { numRuns: RUNS },
    );
  }, 120_000);
});
