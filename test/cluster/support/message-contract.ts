import { expect, it } from '@jest/globals';
import { message, unique, type BrokerRig } from './broker-rig.js';
import { ODD_NAMES } from './odd-names.js';

const MANY_CHANNELS = 10_000;
/** As many as a link asks for at a time. */
const BATCH = 512;

/** Channels and messages, live. */
export function describeMessages(rig: BrokerRig): void {
  it('delivers in the order of sending, to the sender as well', async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    const channel = `r:${unique()}`;
    for (const node of [sender, receiver]) await node.session.subscribe([channel]);
    const texts = Array.from({ length: 500 }, (_, number) => `message ${number}`);
    const sent: Promise<void>[] = [];
    for (let from = 0; from < texts.length; from += 7) {
      const batch = texts.slice(from, from + 7).map((text) => message(channel, text));
      sent.push(sender.session.send(batch, from % 2 === 0));
    }
    await Promise.all(sent);
    expect(await sender.expect(channel, texts.length)).toEqual(texts);
    expect(await receiver.expect(channel, texts.length)).toEqual(texts);
  });

  it('delivers what several nodes send to all of them, each in its order', async () => {
    const nodes = [await rig.node(), await rig.node(), await rig.node()];
    const channel = `r:${unique()}`;
    for (const { session } of nodes) await session.subscribe([channel]);
    const texts = nodes.map(({ node }) =>
      Array.from({ length: 100 }, (_, number) => `${node} ${number}`),
    );
    await Promise.all(
      nodes.flatMap(({ session }, at) =>
        (texts[at] ?? []).map((text) => session.send([message(channel, text)], false)),
      ),
    );
    for (const receiver of nodes) {
      const arrived = await receiver.expect(channel, 300);
      expect(arrived).toHaveLength(300);
      for (const [at, { node }] of nodes.entries()) {
        expect(arrived.filter((text) => text.startsWith(node))).toEqual(texts[at]);
      }
    }
  });

  it('delivers only channels that are subscribed', async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    const name = unique();
    const [mine, other] = [`r:${name}`, `u:${name}`];
    await receiver.session.subscribe([mine]);
    await sender.session.send([message(other, 'no'), message(mine, 'yes')], false);
    await sender.session.send(
      [message(`r:${name}x`, 'no'), message(`n:${sender.node}`, 'no')],
      true,
    );
    await receiver.expect(mine, 1);
    await receiver.settle(sender);
    expect(receiver.arrived.filter(({ text }) => text !== 'now')).toMatchObject([
      { channel: mine, text: 'yes' },
    ]);
  });

  it('delivers the channel of all and that of a node', async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    const own = `n:${receiver.node}`;
    await receiver.session.subscribe(['a', own]);
    const text = unique();
    await sender.session.send([message('a', text), message(own, text)], false);
    expect(await receiver.expect(own, 1)).toEqual([text]);
    expect(await receiver.expect('a', 1)).toContain(text);
  });

  it('is subscribed from the moment it says so', async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    for (let turn = 0; turn < 30; turn++) {
      const channel = `r:${unique()}`;
      await receiver.session.subscribe([channel]);
      await sender.session.send([message(channel, 'here')], false);
      expect(await receiver.expect(channel, 1)).toEqual(['here']);
    }
  });

  it('delivers once what is subscribed twice, and nothing once it is unsubscribed', async () => {
    const node = await rig.node();
    const [channel, other] = [`r:${unique()}`, `r:${unique()}`];
    await node.session.subscribe([channel, channel, other]);
    await node.session.subscribe([channel]);
    await node.session.send([message(channel, 'one')], false);
    await node.settle();
    expect(node.texts(channel)).toEqual(['one']);
    await node.session.unsubscribe([channel, `r:${unique('never')}`]);
    await node.session.send([message(channel, 'two'), message(other, 'two')], false);
    await node.settle();
    expect(node.texts(channel)).toEqual(['one']);
    expect(node.texts(other)).toEqual(['two']);
    await node.session.subscribe([channel]);
    await node.session.send([message(channel, 'three')], false);
    await node.settle();
    expect(node.texts(channel)).toEqual(['one', 'three']);
  });

  it('takes empty lists', async () => {
    const { session } = await rig.node();
    await session.send([], true);
    await session.subscribe([]);
    await session.unsubscribe([]);
    await session.probe();
  });

  it('tells apart names of anything', async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    const channels = ODD_NAMES.flatMap((name) => [`r:${name}`, `u:${name}`]);
    const half = channels.filter((_, at) => at % 2 === 0);
    await receiver.session.subscribe(half);
    const mark = unique();
    const texts = new Map(channels.map((channel, at) => [channel, `${mark} ${at}`]));
    await sender.session.send(
      [...texts].map(([channel, text], at) => message(channel, text, at + 1)),
      true,
    );
    await receiver.settle(sender);
    const arrived = receiver.arrived.filter(({ text }) => text.startsWith(mark));
    expect(arrived.map(({ channel, text }) => [channel, text])).toEqual(
      half.map((channel) => [channel, texts.get(channel)]),
    );
    const logged = await receiver.log(sender.node);
    expect(logged.map(({ channel }) => channel)).toEqual(channels);
  });

  it('carries any byte, none, and as many as it says', async () => {
    const node = await rig.node();
    const channel = `r:${unique()}`;
    await node.session.subscribe([channel]);
    const messages = [
      Uint8Array.from({ length: 256 }, (_, value) => value),
      new Uint8Array(0),
      new Uint8Array(node.broker.maxMessage).fill(7),
      new Uint8Array(1),
    ];
    for (const one of messages) {
      await node.session.send([{ channel, message: one, seq: 0, copy: 0 }], false);
    }
    await node.expect(channel, messages.length);
    for (const [at, { bytes }] of node.arrived.entries()) {
      expect(bytes.equals(messages[at] ?? bytes.subarray(1))).toBe(true);
    }
  });

  it('refuses a byte more than it says, and goes on', async () => {
    const node = await rig.node();
    const channel = `r:${unique()}`;
    await node.session.subscribe([channel]);
    const long = new Uint8Array(node.broker.maxMessage + 1);
    for (const log of [false, true]) {
      await expect(
        node.session.send([{ channel, message: long, seq: 1, copy: 0 }], log),
      ).rejects.toThrow(String(long.length));
    }
    await node.session.send([message(channel, 'next', 2)], true);
    expect(await node.expect(channel, 1)).toEqual(['next']);
    expect(node.closings).toEqual([]);
  });

  it(`serves ${MANY_CHANNELS} channels`, async () => {
    const [sender, receiver] = [await rig.node(), await rig.node()];
    const mark = unique();
    const channels = Array.from({ length: MANY_CHANNELS }, (_, at) => `r:${mark} ${at}`);
    const batches = Array.from({ length: Math.ceil(MANY_CHANNELS / BATCH) }, (_, at) =>
      channels.slice(at * BATCH, (at + 1) * BATCH),
    );
    for (const batch of batches) await receiver.session.subscribe(batch);
    for (const batch of batches) {
      await sender.session.send(
        batch.map((channel) => message(channel, channel)),
        false,
      );
    }
    await receiver.settle(sender);
    const arrived = receiver.arrived.filter(({ channel }) => channel.startsWith(`r:${mark}`));
    expect(arrived.map(({ channel }) => channel)).toEqual(channels);
    expect(arrived.every(({ channel, text }) => channel === text)).toBe(true);
    for (const batch of batches) await receiver.session.unsubscribe(batch);
  }, 30_000);
}
