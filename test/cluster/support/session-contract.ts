import { expect, it } from '@jest/globals';
import { eventually, fateOf, message, NO_LIMIT, unique, type BrokerRig } from './broker-rig.js';

/** How sessions begin and end. */
export function describeSessions(rig: BrokerRig): void {
  it('has a name, a limit, and one generation for all sessions', async () => {
    const [one, other] = [await rig.node(), await rig.node()];
    expect(one.broker.name).toMatch(/^[a-z][a-z-]*$/);
    expect(one.broker.maxMessage).toBeGreaterThanOrEqual(64 * 1024);
    expect(one.session.generation).toMatch(/./);
    expect(other.session.generation).toBe(one.session.generation);
    one.session.destroy();
    expect((await one.open()).generation).toBe(other.session.generation);
  });

  it('answers a probe, and nobody hears of it', async () => {
    const node = await rig.node();
    await Promise.all([node.session.probe(), node.session.probe()]);
    await node.session.probe();
    expect(node.arrived).toEqual([]);
  });

  it('ends at once: what is under way is rejected, and the host is not told', async () => {
    const node = await rig.node();
    const { session } = node;
    const channel = `r:${unique()}`;
    const pending = [
      session.send([message(channel, 'one', 1)], false),
      session.send([message(channel, 'two', 2)], true),
      session.subscribe([channel]),
      session.probe(),
      session.readLog(node.node, 0, NO_LIMIT)[Symbol.asyncIterator]().next(),
    ].map((promise) => fateOf(promise));
    session.destroy();
    session.destroy();
    for (const fate of await Promise.all(pending)) expect(fate).toBeInstanceOf(Error);
    expect(node.closings).toEqual([]);
  });

  it('does nothing more once it has ended', async () => {
    const [node, other] = [await rig.node(), await rig.node()];
    const { session } = node;
    const channel = `r:${unique()}`;
    for (const one of [node, other]) await one.session.subscribe([channel]);
    session.destroy();
    const calls = [
      session.send([message(channel, 'never', 1)], true),
      session.subscribe([channel]),
      session.unsubscribe([channel]),
      session.probe(),
      session.readLog(node.node, 0, NO_LIMIT)[Symbol.asyncIterator]().next(),
    ].map((promise) => fateOf(promise));
    for (const fate of await Promise.all(calls)) expect(fate).toBeInstanceOf(Error);
    await other.session.send([message(channel, 'later')], false);
    expect(await other.expect(channel, 1)).toEqual(['later']);
    expect(node.arrived).toEqual([]);
    expect(node.closings).toEqual([]);
  });

  it('begins again without anything of the session before', async () => {
    const node = await rig.node();
    const [old, next] = [`r:${unique()}`, `r:${unique()}`];
    await node.session.subscribe([old]);
    node.session.destroy();
    await node.open();
    await node.session.subscribe([next]);
    await node.session.send([message(old, 'old'), message(next, 'next')], false);
    expect(await node.expect(next, 1)).toEqual(['next']);
    await node.settle();
    expect(node.texts(old)).toEqual([]);
  });
}

/** What a server that came back empty is. */
export function describeRestart(rig: BrokerRig): void {
  it('says once that the session has ended, and has another generation', async () => {
    const [node, other] = [await rig.node(), await rig.node()];
    const before = node.session;
    const channel = `r:${unique()}`;
    await node.session.send([message(channel, 'lost', 1)], true);
    await rig.restartEmpty();
    expect(node.closings).toEqual([expect.any(Error)]);
    expect(await fateOf(before.probe())).toBeInstanceOf(Error);
    expect(node.session.generation).not.toBe(before.generation);
    expect(other.session.generation).toBe(node.session.generation);
    expect(await other.log(node.node)).toEqual([]);
    await other.session.subscribe([channel]);
    await node.session.send([message(channel, 'again', 1)], true);
    await eventually('it arrives', () => other.texts(channel).length > 0);
    expect(await other.log(node.node)).toHaveLength(1);
    expect(node.closings).toHaveLength(1);
  }, 30_000);
}
