import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { BrokerUnavailable, type BrokerMailbox, type MailEntry } from '#hub';
import { bytes, unique, type BrokerRig, type TestNode } from './broker-rig.js';
import { ODD_NAMES } from './odd-names.js';

const BOUNDS = { maxMessages: 100, maxBytes: 256 * 1024 };
const HOUR = 3_600_000;

function mailboxOf({ broker }: TestNode): BrokerMailbox {
  if (broker.mailbox === undefined) throw new Error(`The broker ${broker.name} has no mailbox`);
  return broker.mailbox;
}

function mail(text: string, about: Partial<MailEntry> = {}): MailEntry {
  return { body: bytes(text), expiresAt: Date.now() + HOUR, size: text.length, ...about };
}

async function texts(node: TestNode, user: string): Promise<string[]> {
  const mails = await mailboxOf(node).list(user);
  return mails.map(({ body }) => Buffer.from(body).toString());
}

/** What waits for users. */
export function describeMailbox(rig: BrokerRig): void {
  it('keeps mail in order, with its number, for every node', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const user = unique('user');
    const expiresAt = Date.now() + HOUR;
    const numbers: number[] = [];
    for (let at = 0; at < 10; at++) {
      const { number, dropped } = await mailboxOf(at % 2 === 0 ? one : other).push(
        user,
        mail(`${at}`, { expiresAt, size: 40 + at }),
        BOUNDS,
      );
      expect(dropped).toBe(0);
      expect(Number.isSafeInteger(number)).toBe(true);
      numbers.push(number);
    }
    expect(numbers).toEqual([...new Set(numbers)].toSorted((first, second) => first - second));
    expect(numbers[0]).toBeGreaterThan(0);
    for (const node of [one, other]) {
      const mails = await mailboxOf(node).list(user);
      expect(
        mails.map((found) => ({ ...found, body: Buffer.from(found.body).toString() })),
      ).toEqual(numbers.map((number, at) => ({ number, expiresAt, size: 40 + at, body: `${at}` })));
    }
  });

  it('gives different numbers to what several nodes push at once', async () => {
    const nodes = [await rig.node(), await rig.node()];
    const user = unique('user');
    const pushed = await Promise.all(
      nodes.flatMap((node, at) =>
        Array.from({ length: 30 }, (_, number) =>
          mailboxOf(node).push(user, mail(`${at}-${number}`), BOUNDS),
        ),
      ),
    );
    const numbers = pushed.map(({ number }) => number).toSorted((first, second) => first - second);
    expect(new Set(numbers).size).toBe(60);
    const listed = await mailboxOf(nodes[0] ?? (await rig.node())).list(user);
    expect(listed.map(({ number }) => number)).toEqual(numbers);
  });

  it('takes out all or none, and of two at once one wins', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    for (let turn = 0; turn < 10; turn++) {
      const user = unique('user');
      const numbers: number[] = [];
      for (const text of ['a', 'b', 'c']) {
        numbers.push((await mailboxOf(one).push(user, mail(text), BOUNDS)).number);
      }
      const [a = 0, b = 0, c = 0] = numbers;
      const won = await Promise.all([
        mailboxOf(one).remove(user, [a, b]),
        mailboxOf(other).remove(user, [a, b]),
      ]);
      expect(won.toSorted()).toEqual([false, true]);
      expect(await texts(other, user)).toEqual(['c']);
      expect(await mailboxOf(other).remove(user, [c, b])).toBe(false);
      expect(await mailboxOf(other).remove(user, [c, c + 1_000_000])).toBe(false);
      expect(await texts(one, user)).toEqual(['c']);
      expect(await mailboxOf(one).remove(user, [])).toBe(true);
      expect(await mailboxOf(one).remove(user, [c])).toBe(true);
      expect(await texts(one, user)).toEqual([]);
      expect(await mailboxOf(one).remove(user, [c])).toBe(false);
    }
  });

  it('lets go of what has expired', async () => {
    const node = await rig.node();
    const user = unique('user');
    await mailboxOf(node).push(user, mail('stays'), BOUNDS);
    await mailboxOf(node).push(user, mail('goes', { expiresAt: Date.now() + 200 }), BOUNDS);
    await mailboxOf(node).push(user, mail('stays too'), BOUNDS);
    expect(await texts(node, user)).toEqual(['stays', 'goes', 'stays too']);
    await pause(300);
    expect(await texts(node, user)).toEqual(['stays', 'stays too']);
  });

  it('keeps so many, and so many bytes, and says what had to go', async () => {
    const node = await rig.node();
    const [byCount, byBytes] = [unique('count'), unique('bytes')];
    const dropped: number[] = [];
    for (const text of ['a', 'b', 'c', 'd']) {
      const bounds = { ...BOUNDS, maxMessages: 2 };
      dropped.push((await mailboxOf(node).push(byCount, mail(text), bounds)).dropped);
    }
    expect(dropped).toEqual([0, 0, 1, 1]);
    expect(await texts(node, byCount)).toEqual(['c', 'd']);
    const bounds = { ...BOUNDS, maxBytes: 100 };
    const push = async (text: string, size: number) =>
      (await mailboxOf(node).push(byBytes, mail(text, { size }), bounds)).dropped;
    expect(await push('a', 40)).toBe(0);
    expect(await push('b', 40)).toBe(0);
    expect(await push('c', 90)).toBe(2);
    expect(await push('d', 10)).toBe(0);
    expect(await texts(node, byBytes)).toEqual(['c', 'd']);
    // The newest stays, whatever its size.
    expect(await push('e', 1_000)).toBe(2);
    expect(await texts(node, byBytes)).toEqual(['e']);
  });

  it('never gives a number twice', async () => {
    const node = await rig.node();
    const user = unique('user');
    const push = async () => (await mailboxOf(node).push(user, mail('x'), BOUNDS)).number;
    const first = await push();
    expect(await mailboxOf(node).remove(user, [first])).toBe(true);
    const second = await push();
    expect(second).toBeGreaterThan(first);
    await mailboxOf(node).clear(user);
    expect(await push()).toBeGreaterThan(second);
  });

  it('forgets one user', async () => {
    const node = await rig.node();
    const [user, beside] = [unique('user'), unique('beside')];
    for (const one of [user, beside]) await mailboxOf(node).push(one, mail('x'), BOUNDS);
    await mailboxOf(node).clear(user);
    await mailboxOf(node).clear(unique('never'));
    expect(await texts(node, user)).toEqual([]);
    expect(await texts(node, beside)).toEqual(['x']);
    expect(await texts(node, unique('nobody'))).toEqual([]);
  });

  it('keeps mail of any user and of any bytes', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    const mark = unique();
    await Promise.all(ODD_NAMES.map((user) => mailboxOf(one).clear(user)));
    await Promise.all(
      ODD_NAMES.map((user, at) => mailboxOf(one).push(user, mail(`${mark} ${at}`), BOUNDS)),
    );
    for (const [at, user] of ODD_NAMES.entries()) {
      expect(await texts(other, user)).toEqual([`${mark} ${at}`]);
    }
    await Promise.all(ODD_NAMES.map((user) => mailboxOf(one).clear(user)));
    const user = unique('user');
    const every = Uint8Array.from({ length: 256 }, (_, value) => value);
    for (const body of [every, new Uint8Array(0)]) {
      await mailboxOf(one).push(user, mail('', { body }), BOUNDS);
    }
    const [first, second] = await mailboxOf(other).list(user);
    expect(Buffer.compare(first?.body ?? new Uint8Array(0), every)).toBe(0);
    expect(second?.body).toHaveLength(0);
  });

  it('refuses a body that is too long, and goes on', async () => {
    const node = await rig.node();
    const user = unique('user');
    const body = new Uint8Array(node.broker.maxMessage + 1);
    await expect(mailboxOf(node).push(user, mail('', { body }), BOUNDS)).rejects.toThrow(
      String(body.length),
    );
    await mailboxOf(node).push(user, mail('x'), BOUNDS);
    expect(await texts(node, user)).toEqual(['x']);
  });

  it('rejects while there is no session', async () => {
    const node = await rig.stranger();
    const mailbox = mailboxOf(node);
    const attempts = () => [
      mailbox.push('user', mail('x'), BOUNDS),
      mailbox.list('user'),
      mailbox.remove('user', [1]),
      mailbox.clear('user'),
    ];
    for (const attempt of attempts()) await expect(attempt).rejects.toThrow(BrokerUnavailable);
    await node.open();
    node.session.destroy();
    for (const attempt of attempts()) await expect(attempt).rejects.toThrow(BrokerUnavailable);
  });
}

/** What an acknowledgement names never becomes other mail. */
export function describeMailboxRestart(rig: BrokerRig): void {
  it('goes on with higher numbers', async () => {
    const node = await rig.node();
    const user = unique('user');
    const { number } = await mailboxOf(node).push(user, mail('before'), BOUNDS);
    await rig.restartEmpty();
    expect(await texts(node, user)).toEqual([]);
    const after = await mailboxOf(node).push(user, mail('after'), BOUNDS);
    expect(after.number).toBeGreaterThan(number);
  }, 30_000);
}
