import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { BrokerHistory } from '../../broker/broker-history.js';
import { memoryBroker } from '../../broker/memory/memory-broker.js';
import { MemoryBrokerServer } from '../../broker/memory/memory-broker-server.js';
import { serve } from '../../testing-fixtures/fake-upgrade.js';
import { texts } from '../../testing-fixtures/history-node.js';
import { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { History } from '../history.js';
import { SharedHistory } from './shared-history.js';
import { kClose } from '../../support/own-names.js';

const gap = () => ({ event: '$gap', data: undefined });

/** Nodes over the broker in memory, whose server can be replaced by an empty one. */
async function nodes() {
  let server = new MemoryBrokerServer();
  const node = async (id: string) => {
    const broker = memoryBroker(() => server);
    const ups = new Set<() => void>();
    const open = async (): Promise<void> => {
      await broker.open({ node: id.repeat(16), received: () => {}, closed: () => {} });
      for (const up of ups) up();
    };
    await open();
    const { hub, connect } = serve();
    const link = { onUp: (listener: () => void) => (ups.add(listener), () => {}) };
    const log = broker.history as BrokerHistory;
    const history = new History(
      hub.rooms,
      {},
      () => {},
      (parts) => new SharedHistory(parts, { log, link, codecs: new KnownCodecs(), gap }),
    );
    return { connect, history, open };
  };
  const [a, b] = [await node('a'), await node('b')];
  const restart = async (): Promise<void> => {
    server.close();
    server = new MemoryBrokerServer();
    for (const { open } of [a, b]) await open();
    await pause(50);
  };
  return { a, b, restart, close: () => server.close() };
}

describe('histories over the broker in memory', () => {
  it('are one, and begin anew with another server', async () => {
    const { a, b, restart, close } = await nodes();
    const { connection, transport } = b.connect();
    await b.history.join(connection, 'lobby');
    const publications = await Promise.all([1, 2].map((n) => a.history.publish('lobby', 'e', n)));
    await pause(50);
    expect(texts(transport)).toEqual(['$joined', 1, 2]);
    const epoch = publications[0]?.epoch ?? '';
    const back = b.connect();
    await b.history.join(back.connection, 'lobby', { since: { epoch, offset: 1 } });
    expect(texts(back.transport)).toEqual(['$joined', 2]);

    await restart();
    expect(texts(transport)).toEqual(['$joined', 1, 2, '$gap']);
    await a.history.publish('lobby', 'e', 3);
    await pause(50);
    expect(texts(transport)).toEqual(['$joined', 1, 2, '$gap', 3]);
    const later = a.connect();
    const since = { epoch, offset: 1 };
    expect(await a.history.join(later.connection, 'lobby', { since })).toMatchObject({
      recovered: false,
      offset: 1,
    });
    for (const { history } of [a, b]) await history[kClose]();
    close();
  });
});
