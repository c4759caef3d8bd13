import { expect, it } from '@jest/globals';
import type { Outgoing } from '#hub';
import { message, NO_LIMIT, unique, type BrokerRig, type TestNode } from './broker-rig.js';

function messages(channel: string, count: number, from = 1): Outgoing[] {
  return Array.from({ length: count }, (_, at) => message(channel, `no ${from + at}`, from + at));
}

async function texts(
  reader: TestNode,
  ...about: Parameters<TestNode['log']>
): Promise<(readonly [string, string])[]> {
  const logged = await reader.log(...about);
  return logged.map(({ channel, message: found }) => [channel, Buffer.from(found).toString()]);
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `no ${from + at}`);
}

/** What nodes keep for repair. */
export function describeLogs(rig: BrokerRig): void {
  it('keeps in order what is to be logged, for every node', async () => {
    const [writer, reader] = [await rig.node(), await rig.node()];
    const channel = `r:${unique()}`;
    const all = messages(channel, 1_200);
    for (let from = 0; from < all.length; from += 100) {
      await writer.session.send(all.slice(from, from + 100), true);
    }
    const expected = range(1, 1_200).map((text) => [channel, text]);
    expect(await texts(reader, writer.node)).toEqual(expected);
    expect(await texts(writer, writer.node)).toEqual(expected);
    expect(await reader.log(reader.node)).toEqual([]);
  });

  it('delivers what it logs', async () => {
    const [writer, reader] = [await rig.node(), await rig.node()];
    const channel = `r:${unique()}`;
    await reader.session.subscribe([channel]);
    await writer.session.send(messages(channel, 3), true);
    expect(await reader.expect(channel, 3)).toEqual(range(1, 3));
  });

  it('keeps nothing else', async () => {
    const node = await rig.node();
    const channel = `r:${unique()}`;
    await node.session.send(messages(channel, 1), false);
    await node.session.send([message(channel, 'control')], true);
    await node.session.send(messages(channel, 1, 2), true);
    expect(await texts(node, node.node)).toEqual([[channel, 'no 2']]);
  });

  it('reads behind a number', async () => {
    const node = await rig.node();
    const channel = `r:${unique()}`;
    // Not every number is logged.
    await node.session.send(
      [1, 2, 5, 9].map((seq) => message(channel, `no ${seq}`, seq)),
      true,
    );
    const behind = async (after: number) =>
      (await texts(node, node.node, after)).map(([, text]) => text);
    expect(await behind(0)).toEqual(['no 1', 'no 2', 'no 5', 'no 9']);
    expect(await behind(2)).toEqual(['no 5', 'no 9']);
    expect(await behind(3)).toEqual(['no 5', 'no 9']);
    expect(await behind(9)).toEqual([]);
    expect(await behind(1_000)).toEqual([]);
  });

  it('reads no more messages and no more bytes than is asked for', async () => {
    const node = await rig.node();
    const channel = `r:${unique()}`;
    const body = 'x'.repeat(1_000);
    await node.session.send(
      Array.from({ length: 20 }, (_, at) => message(channel, `${body}${at}`, at + 1)),
      true,
    );
    const some = await node.log(node.node, 4, { ...NO_LIMIT, messages: 5 });
    expect(some.map(({ message: one }) => Buffer.from(one).toString())).toEqual(
      Array.from({ length: 5 }, (_, at) => `${body}${at + 4}`),
    );
    const few = await node.log(node.node, 0, { ...NO_LIMIT, bytes: 2_500 });
    expect(few.length).toBeGreaterThanOrEqual(1);
    expect(few.length).toBeLessThanOrEqual(3);
    expect(Buffer.from(few[0]?.message ?? []).toString()).toBe(`${body}0`);
  });

  it('ends at once for a node it does not know', async () => {
    const node = await rig.node();
    expect(await node.log('0123456789abcdef')).toEqual([]);
  });

  it('keeps all copies of a message, and each once when it is sent again', async () => {
    const [writer, reader] = [await rig.node(), await rig.node()];
    const channels = [unique(), unique(), unique()].map((name) => `r:${name}`);
    const copies = channels.map((channel, copy) => message(channel, 'copy', 1, copy));
    const next = message(channels[0] ?? '', 'next', 2);
    await writer.session.send([...copies, next], true);
    await writer.session.send([...copies, next], true);
    expect(await texts(reader, writer.node)).toEqual([
      ...channels.map((channel) => [channel, 'copy']),
      [channels[0], 'next'],
    ]);
    expect(await texts(reader, writer.node, 1)).toEqual([[channels[0], 'next']]);
  });

  it('keeps it when the node is gone, and goes on with its next session', async () => {
    const [writer, reader] = [await rig.node(), await rig.node()];
    const channel = `r:${unique()}`;
    await writer.session.send(messages(channel, 2), true);
    writer.session.destroy();
    expect(await texts(reader, writer.node)).toHaveLength(2);
    await writer.open();
    await writer.session.send(messages(channel, 2, 2), true);
    expect((await texts(reader, writer.node)).map(([, text]) => text)).toEqual(range(1, 3));
  });

  it('is read by somebody who loses interest', async () => {
    const node = await rig.node();
    await node.session.send(messages(`r:${unique()}`, 50), true);
    for await (const logged of node.session.readLog(node.node, 0, NO_LIMIT)) {
      expect(Buffer.from(logged.message).toString()).toBe('no 1');
      break;
    }
    await node.session.probe();
  });
}
