import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connection as WebSocketConnection } from 'nestwire/websocket-node';
import { RawPeer, wordsOf } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import {
  closeAll,
  closeOf,
  connect,
  connectPair,
  startServer,
  type Connection,
} from './support/pair.js';

afterEach(closeAll);

async function rawPair(
  config: Parameters<typeof startServer>[0] = {},
): Promise<{ near: Connection; peer: RawPeer }> {
  const { server, port } = await startServer(config);
  const accepted = once(server, 'connect') as Promise<[Connection]>;
  const peer = await RawPeer.open(port);
  const [near] = await accepted;
  return { near, peer };
}

describe('CLOSE_REASON constants and CLOSE_DESCRIPTIONS', () => {
  it.each([
    ['CLOSE_REASON_NORMAL', 1000, 'Normal connection closure'],
    ['CLOSE_REASON_GOING_AWAY', 1001, 'Remote end going away'],
    ['CLOSE_REASON_PROTOCOL_ERROR', 1002, 'Protocol error'],
    ['CLOSE_REASON_UNPROCESSABLE_INPUT', 1003, 'Unprocessable input'],
    ['CLOSE_REASON_RESERVED', 1004, 'Reserved'],
    ['CLOSE_REASON_NOT_PROVIDED', 1005, 'Reason not provided'],
    ['CLOSE_REASON_ABNORMAL', 1006, 'Abnormal closure, no close frame'],
    ['CLOSE_REASON_INVALID_DATA', 1007, 'Invalid frame payload data'],
    ['CLOSE_REASON_POLICY_VIOLATION', 1008, 'Policy violation'],
    ['CLOSE_REASON_MESSAGE_TOO_BIG', 1009, 'Message too big'],
    ['CLOSE_REASON_EXTENSION_REQUIRED', 1010, 'Extension required'],
    ['CLOSE_REASON_INTERNAL_SERVER_ERROR', 1011, 'Internal server error'],
    ['CLOSE_REASON_TLS_HANDSHAKE_FAILED', 1015, 'TLS handshake failed'],
  ] as const)('%s is %i, "%s"', (name, code, description) => {
    expect(WebSocketConnection[name]).toBe(code);
    expect(WebSocketConnection.CLOSE_DESCRIPTIONS[code]).toBe(description);
  });
});

describe('close', () => {
  it.each([true, false])(
    'hands out nothing that comes behind it, with assembleFragments %p',
    async (assembleFragments) => {
      const { near, peer } = await rawPair({ assembleFragments });
      const heard: unknown[] = [];
      near.on('message', (message) => {
        heard.push(message);
        near.close();
      });
      near.on('frame', ({ opcode }) => {
        heard.push(opcode);
        near.close();
      });
      for (const event of ['ping', 'pong'] as const) near.on(event, () => heard.push(event));
      peer.send(
        { opcode: 1, payload: 'first' },
        { opcode: 1, payload: 'second' },
        { opcode: 2, payload: 'third' },
        { opcode: 9 },
        { opcode: 10 },
        { opcode: 8, payload: Buffer.from([3, 232]) },
      );
      peer.end();
      await closeOf(near);
      expect(heard).toEqual(assembleFragments ? [{ type: 'utf8', utf8Data: 'first' }] : [1]);
    },
  );

  it('goes from open over ending to closed, at the other end over peer_requested_close', async () => {
    const { near, peer } = await rawPair();
    expect([near.state, near.connected]).toEqual(['open', true]);
    expect([near.closeReasonCode, near.closeDescription]).toEqual([-1, null]);
    near.close();
    expect([near.state, near.connected]).toEqual(['ending', false]);
    expect(await peer.said()).toEqual([8, 1000, 'Normal connection closure']);
    peer.send({ opcode: 8, payload: Buffer.from([3, 232]) });
    peer.end();
    expect(await closeOf(near)).toEqual([1000, 'Normal connection closure']);
    expect([near.state, near.connected, near.wasClean]).toEqual(['closed', false, true]);
    expect([near.closeReasonCode, near.closeDescription]).toEqual([
      1000,
      'Normal connection closure',
    ]);
  });

  it('of the peer is answered with its code, and reported with its reason', async () => {
    const { near, peer } = await rawPair();
    peer.send({ opcode: 8, payload: Buffer.from('\x0f\xa0bye', 'latin1') });
    expect((await peer.said()).slice(0, 2)).toEqual([8, 4000]);
    expect([near.state, near.connected]).toEqual(['peer_requested_close', false]);
    peer.end();
    expect(await closeOf(near)).toEqual([4000, 'bye']);
    expect([near.state, near.wasClean]).toEqual(['closed', true]);
  });

  it('of the peer without a code is 1005, with a reason of one character that character', async () => {
    const { far, near } = await connectPair();
    const closed = closeOf(near);
    far.close(1000, 'x');
    expect(await closed).toEqual([1000, 'x']);
    const { near: other, peer } = await rawPair();
    peer.send({ opcode: 8 });
    peer.end();
    expect(await closeOf(other)).toEqual([1005, 'Reason not provided']);
  });

  it('takes a code and a description, and describes a known code itself', async () => {
    const { near, peer } = await rawPair();
    near.close(1001);
    expect(await peer.said()).toEqual([8, 1001, 'Remote end going away']);
    const { near: other, peer: otherPeer } = await rawPair();
    other.close(4001, 'own words');
    expect(await otherPeer.said()).toEqual([8, 4001, 'own words']);
  });

  it('throws for a code or a reason that may not be sent, and stays open', async () => {
    const { near } = await connectPair();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, Number.NaN, 1000.5]) {
      expect(() => near.close(code)).toThrow(/Cannot close with code/);
    }
    expect(() => near.close(1000, '€'.repeat(42))).toThrow(/126 bytes, allowed are 123/);
    expect(near.connected).toBe(true);
  });

  it('does nothing the second time', async () => {
    const { near, far } = await connectPair();
    near.close(4000, 'first');
    near.close(4001, 'second');
    expect(await closeOf(far)).toEqual([4000, 'first']);
  });
});

describe('closeTimeout', () => {
  it('ends the wait for a peer that does not answer, with the code of this end', async () => {
    const { near, peer } = await rawPair({ closeTimeout: 50 });
    near.close(4000, 'nobody answers');
    expect(await closeOf(near)).toEqual([4000, 'nobody answers']);
    expect(near.wasClean).toBe(false);
    await peer.over();
  });
});

describe('drop', () => {
  it('sends a Close frame, emits close before it returns, and destroys the socket', async () => {
    const { near, peer } = await rawPair();
    const seen: unknown[] = [];
    near.on('close', (...args) => seen.push(args));
    near.drop(1008, 'because');
    expect(seen).toEqual([[1008, 'because']]);
    expect([near.state, near.connected, near.socket.destroyed]).toEqual(['closed', false, true]);
    expect((await peer.framesToEnd()).map(wordsOf)).toEqual([[8, 1008, 'because']]);
    near.drop();
    expect(seen).toHaveLength(1);
  });

  it('says 1002 unless told otherwise', async () => {
    const { near, far } = await connectPair();
    near.drop();
    expect([near.closeReasonCode, near.closeDescription]).toEqual([1002, 'Protocol error']);
    expect(await closeOf(far)).toEqual([1002, 'Protocol error']);
  });

  it('says nothing to the peer with skipCloseFrame, nor with a code that may not be sent', async () => {
    for (const [code, skip] of [
      [1000, true],
      [1006, false],
      [1015, false],
    ] as const) {
      const { near, peer } = await rawPair();
      near.drop(code, 'text', skip);
      expect(near.closeReasonCode).toBe(code);
      expect(await peer.readToEnd()).toHaveLength(0);
    }
  });

  it('cuts a long description to what a frame carries', async () => {
    const { near, peer } = await rawPair();
    near.drop(1000, '€'.repeat(100));
    expect((await peer.framesToEnd()).map(wordsOf)).toEqual([[8, 1000, '€'.repeat(41)]]);
    expect(near.closeDescription).toHaveLength(100);
  });
});

describe('a connection that breaks', () => {
  it('closes with 1006 when the peer ends TCP without a Close frame', async () => {
    const { near, peer } = await rawPair();
    peer.end();
    expect(await closeOf(near)).toEqual([1006, 'Connection dropped by remote peer.']);
  });

  it('emits error with what the system says, then close with 1006', async () => {
    const { near, peer } = await rawPair();
    const errors: Error[] = [];
    near.on('error', (error) => {
      errors.push(error);
      expect(near.connected).toBe(false);
    });
    peer.reset();
    expect(await closeOf(near)).toEqual([1006, 'Socket Error: read ECONNRESET']);
    expect(errors).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('needs no listener of error', async () => {
    const { near, peer } = await rawPair();
    peer.reset();
    expect((await closeOf(near))[0]).toBe(1006);
  });
});

describe('keepalive', () => {
  it('pings a silent peer after keepaliveInterval, and again', async () => {
    const { peer } = await rawPair({ keepaliveInterval: 40 });
    expect(await peer.said()).toEqual([9, '']);
    peer.send({ opcode: 10 });
    expect(await peer.said()).toEqual([9, '']);
  });

  it('drops a peer that stays silent for keepaliveGracePeriod', async () => {
    const { near, peer } = await rawPair({ keepaliveInterval: 40, keepaliveGracePeriod: 40 });
    expect(await closeOf(near)).toEqual([1006, 'Peer not responding.']);
    const frames = await peer.framesToEnd();
    expect(frames.map(({ opcode }) => opcode)).toEqual([9]);
  });

  it('counts any data as a sign of life, part of a message, too', async () => {
    const { near, peer } = await rawPair({ keepaliveInterval: 60, keepaliveGracePeriod: 60 });
    const message = peer.encode({ opcode: 1, payload: 'x'.repeat(10) });
    const received = once(near, 'message');
    for (const byte of message) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await received;
    expect(near.connected).toBe(true);
  });

  it('goes on pinging with dropConnectionOnKeepaliveTimeout of false', async () => {
    const { near, peer } = await rawPair({
      keepaliveInterval: 20,
      keepaliveGracePeriod: 20,
      dropConnectionOnKeepaliveTimeout: false,
    });
    expect(await peer.frames(4)).toHaveLength(4);
    expect(near.connected).toBe(true);
  });

  it('is off with keepalive of false, and left to TCP with useNativeKeepalive', async () => {
    for (const config of [{ keepalive: false }, { useNativeKeepalive: true }]) {
      const { near, peer } = await rawPair({
        keepaliveInterval: 20,
        keepaliveGracePeriod: 20,
        ...config,
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(near.connected).toBe(true);
      near.send('text');
      expect(await peer.said()).toEqual([1, 'text']);
    }
  });

  it('does not drop a peer that answers while this end is paused', async () => {
    const { near, far } = await connectPair({ keepaliveInterval: 40, keepaliveGracePeriod: 60 });
    near.pause();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(near.connected).toBe(true);
    far.drop();
  });

  it('drops one that does not, paused or not', async () => {
    const { near } = await rawPair({ keepaliveInterval: 20, keepaliveGracePeriod: 40 });
    near.pause();
    expect(await closeOf(near)).toEqual([1006, 'Peer not responding.']);
  });

  it('works at a client, too', async () => {
    const server = await RawServer.listen();
    const [far, { peer }] = await Promise.all([
      connect(server.url, null, { keepalive: true, keepaliveInterval: 30 }),
      server.accept(),
    ]);
    expect(await peer.said()).toEqual([9, '']);
    far.drop();
  });
});
