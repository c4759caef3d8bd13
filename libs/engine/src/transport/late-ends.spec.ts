import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { nextUncaught } from '../testing-fixtures/next-uncaught.js';
import { openOnSlowDuplex, openTransport } from '../testing-fixtures/open-transport.js';
import { rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { closeSocketPairs } from '../testing-fixtures/socket-pair.js';

afterEach(closeSocketPairs);

describe('the end of a connection whose time to close is long', () => {
  it('does not wait for it when a listener throws in a later turn', async () => {
    const { listener, peer, far } = await openTransport({
      maxFramesPerTurn: 1,
      closeTimeout: 60_000,
    });
    const uncaught = nextUncaught();
    listener.react = (call) => {
      if (call.name === 'text' && call.text === 'two') throw new Error('from a listener');
    };
    peer.send(...['one', 'two', 'three'].map((payload) => ({ opcode: 1, payload })));
    expect(await uncaught).toMatchObject({ message: 'from a listener' });
    far.end();
    expect(await listener.closed()).toMatchObject({ code: 1011 });
  });

  it.each(['text', 'close'])(
    'does not wait for it when it is paused after a %s that ends it',
    async (what) => {
      const { transport, listener, peer, far } = await openTransport({ closeTimeout: 60_000 });
      peer.send(
        what === 'text'
          ? { opcode: 3, payload: 'x' }
          : { opcode: 8, payload: rawClosePayload(1000) },
      );
      await peer.frames(1);
      transport.pause();
      expect(transport.isPaused).toBe(false);
      far.end();
      await listener.closed();
    },
  );

  it('is not clean where the Close frame was held back until the socket was gone', async () => {
    const { socket, listener, receive } = openOnSlowDuplex({ maxFramesPerTurn: 1 });
    await turn();
    receive({ opcode: 1, payload: 'one' }, { opcode: 8, payload: rawClosePayload(1000) });
    socket.destroy();
    expect(await listener.closed()).toEqual({ code: 1000, reason: '', wasClean: false });
  });
});
