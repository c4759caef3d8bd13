import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  connection as WebSocketConnection,
  frame as WebSocketFrame,
} from 'nestwire/websocket-node';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { socketPair } from '../../libs/engine/src/testing-fixtures/socket-pair.js';
import {
  closeAll,
  closeOf,
  connect,
  connectPair,
  nextMessage,
  startServer,
  type Connection,
} from './support/pair.js';

afterEach(closeAll);

/** A server's end, with a client that speaks raw frames. */
async function rawPair(
  config: Parameters<typeof startServer>[0] = {},
): Promise<{ near: Connection; peer: RawPeer }> {
  const { server, port } = await startServer(config);
  const accepted = once(server, 'connect') as Promise<[Connection]>;
  const peer = await RawPeer.open(port);
  const [near] = await accepted;
  return { near, peer };
}

async function sendError(
  send: (callback: (error?: Error) => void) => void,
): Promise<Error | undefined> {
  return new Promise((resolve) => send(resolve));
}

describe('send', () => {
  it('sends a string as text and bytes as a binary message', async () => {
    const { near, far } = await connectPair();
    expect(near.send('Grüße')).toBe(true);
    expect(await nextMessage(far)).toBe('Grüße');
    far.send(Buffer.from([0, 255]));
    expect(await nextMessage(near)).toEqual(Buffer.from([0, 255]));
    near.send(Uint8Array.of(1, 2));
    expect(await nextMessage(far)).toEqual(Buffer.from([1, 2]));
    near.send(new Uint16Array([258]).buffer);
    expect(await nextMessage(far)).toHaveLength(2);
  });

  it('sends the toString() of anything else, of a number, too', async () => {
    const { near, far } = await connectPair();
    near.send(12_345);
    expect(await nextMessage(far)).toBe('12345');
    near.send({ toString: () => 'an object' });
    expect(await nextMessage(far)).toBe('an object');
  });

  it('throws a TypeError for what has none', async () => {
    const { near } = await connectPair();
    for (const data of [null, undefined, Object.create(null)]) {
      expect(() => near.send(data as never)).toThrow(TypeError);
    }
  });

  it('sends empty messages of both kinds', async () => {
    const { near, far } = await connectPair();
    near.send('');
    expect(await nextMessage(far)).toBe('');
    near.send(Buffer.alloc(0));
    expect(await nextMessage(far)).toEqual(Buffer.alloc(0));
  });

  it('calls back when the message has left, and with an error when it never will', async () => {
    const { near, far } = await connectPair();
    expect(await sendError((done) => near.send('text', done))).toBeUndefined();
    expect(await sendError((done) => near.sendBytes(Buffer.from('x'), done))).toBeUndefined();
    near.close();
    expect(near.sendUTF('late')).toBe(false);
    expect(await sendError((done) => near.send('late', done))).toMatchObject({
      code: 'WS_ERR_NOT_OPEN',
    });
    await closeOf(far);
  });

  it('returns false while the peer does not read, and drain follows when it does', async () => {
    const { near, far } = await connectPair({ maxSendQueueSize: 0 });
    far.pause();
    const chunk = 'x'.repeat(16_000);
    while (near.send(chunk));
    expect(near.outputBufferFull).toBe(true);
    expect(near.bufferedAmount).toBeGreaterThan(0);
    const drained = once(near, 'drain');
    far.resume();
    await drained;
    expect(near.outputBufferFull).toBe(false);
    expect(near.send('more')).toBe(true);
  });
});

describe('maxSendQueueSize', () => {
  it('drops a connection whose peer reads too slowly with 1013', async () => {
    const { near, far } = await connectPair({ maxSendQueueSize: 100_000 });
    far.pause();
    const closed = closeOf(near);
    const chunk = 'x'.repeat(16_000);
    while (near.connected) near.send(chunk);
    expect(await closed).toEqual([1013, 'The peer reads too slowly']);
    expect(near.state).toBe('closed');
  });

  it('lets one message of any size through', async () => {
    const { near, far } = await connectPair({ maxSendQueueSize: 1000 });
    near.send('x'.repeat(5_000_000));
    expect(await nextMessage(far)).toHaveLength(5_000_000);
  });
});

describe('sendUTF', () => {
  it('sends text', async () => {
    const { near, far } = await connectPair();
    far.sendUTF('text');
    expect(await nextMessage(near)).toBe('text');
  });
});

describe('sendBytes', () => {
  it('sends bytes, which may be used again at once', async () => {
    const { near, far } = await connectPair(
      { fragmentOutgoingMessages: false },
      { maxReceivedFrameSize: Infinity },
    );
    for (const size of [10, 1_000_000]) {
      const bytes = Buffer.alloc(size, 'a');
      near.sendBytes(bytes);
      bytes.fill('b');
      const received = await nextMessage(far);
      expect(Buffer.alloc(size, 'a').equals(received as Buffer)).toBe(true);
    }
  });

  it('throws a TypeError for anything else', async () => {
    const { near } = await connectPair();
    for (const data of ['text', 1, [1], { length: 1 }]) {
      expect(() => near.sendBytes(data as never)).toThrow(TypeError);
    }
  });
});

describe('fragmentOutgoingMessages and fragmentationThreshold', () => {
  it('send what is larger than the threshold in fragments of that size', async () => {
    const { near, peer } = await rawPair({ fragmentationThreshold: 4 });
    near.sendUTF('abcd');
    near.sendUTF('abcdefghi');
    near.sendBytes(Buffer.from('12345678'));
    near.sendUTF('€€');
    const frames = await peer.frames(8);
    expect(frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.length])).toEqual([
      [true, 1, 4],
      [false, 1, 4],
      [false, 0, 4],
      [true, 0, 1],
      [false, 2, 4],
      [true, 0, 4],
      [false, 1, 4],
      [true, 0, 2],
    ]);
  });

  it('are 16 KiB unless told otherwise', async () => {
    const { near, peer } = await rawPair();
    near.sendUTF('x'.repeat(16_385));
    const frames = await peer.frames(2);
    expect(frames.map(({ payload }) => payload.length)).toEqual([16_384, 1]);
  });

  it('send one frame when switched off', async () => {
    const { near, peer } = await rawPair({ fragmentOutgoingMessages: false });
    near.sendUTF('x'.repeat(100_000));
    expect(await peer.frame()).toMatchObject({ fin: true, opcode: 1 });
  });

  it('are put together again by the other end', async () => {
    const { near, far } = await connectPair({ fragmentationThreshold: 7 });
    const text = 'Grüße €𝄞'.repeat(100);
    near.send(text);
    expect(await nextMessage(far)).toBe(text);
  });
});

describe('assembleFragments', () => {
  it('of false emits frame for each frame, control frames too, and no message', async () => {
    const { near, peer } = await rawPair({ assembleFragments: false });
    const frames: WebSocketFrame[] = [];
    near.on('frame', (frame) => frames.push(frame));
    near.on('message', () => {
      throw new Error('There was a message');
    });
    peer.send(
      { opcode: 1, fin: false, payload: 'one' },
      { opcode: 9, payload: 'ping' },
      { opcode: 0, payload: 'two' },
      { opcode: 2, payload: 'three' },
      { opcode: 8, payload: Buffer.from('\x03\xf3bye', 'latin1') },
    );
    expect(await peer.said()).toEqual([10, 'ping']);
    peer.end();
    expect(await closeOf(near)).toEqual([1011, 'bye']);
    expect(frames.every((frame) => frame instanceof WebSocketFrame)).toBe(true);
    expect(
      frames.map(({ fin, opcode, length, mask, binaryPayload }) => ({
        fin,
        opcode,
        length,
        mask,
        text: binaryPayload.toString(),
      })),
    ).toMatchObject([
      { fin: false, opcode: 1, length: 3, mask: true, text: 'one' },
      { fin: true, opcode: 9, length: 4, mask: true, text: 'ping' },
      { fin: true, opcode: 0, length: 3, mask: true, text: 'two' },
      { fin: true, opcode: 2, length: 5, mask: true, text: 'three' },
      { fin: true, opcode: 8, mask: true },
    ]);
  });

  it('of false hands out messages of any size, frame by frame', async () => {
    const { near, far } = await connectPair({
      assembleFragments: false,
      maxReceivedMessageSize: 1000,
    });
    let bytes = 0;
    const whole = new Promise<void>((resolve) => {
      near.on('frame', (frame) => {
        bytes += frame.length;
        if (frame.fin) resolve();
      });
    });
    far.send('x'.repeat(3_000_000));
    await whole;
    expect(bytes).toBe(3_000_000);
  });
});

describe('sendFrame', () => {
  it('sends fragments as they stand, masked by a client alone', async () => {
    const { near, far } = await connectPair();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      const first = new WebSocketFrame();
      first.opcode = 1;
      first.binaryPayload = Buffer.from('one ');
      const last = new WebSocketFrame();
      last.fin = true;
      last.binaryPayload = Buffer.from('two');
      one.sendFrame(first);
      one.sendFrame(last);
      expect(await nextMessage(other)).toBe('one two');
    }
  });

  it('sends control frames, and closes with a Close frame', async () => {
    const { near, far } = await connectPair();
    const ping = new WebSocketFrame();
    ping.opcode = 9;
    ping.fin = true;
    ping.binaryPayload = Buffer.from('ping');
    near.sendFrame(ping);
    expect(String((await once(near, 'pong'))[0])).toBe('ping');
    const close = new WebSocketFrame();
    close.opcode = 8;
    close.fin = true;
    close.closeStatus = 4000;
    close.binaryPayload = Buffer.from('bye');
    near.sendFrame(close);
    expect(await closeOf(far)).toEqual([4000, 'bye']);
  });
});

describe('ping', () => {
  it('sends bytes or text, and pong tells of the answer', async () => {
    const { near, far } = await connectPair();
    for (const data of [Buffer.from('bytes'), 'text', 17, undefined]) {
      const pinged = once(far, 'ping');
      const answered = once(near, 'pong');
      near.ping(data);
      const text = data === undefined ? '' : data.toString();
      expect(String((await pinged)[1])).toBe(text);
      expect(String((await answered)[0])).toBe(text);
    }
  });

  it('cuts data to the 125 bytes of a control frame', async () => {
    const { near, peer } = await rawPair();
    near.ping('x'.repeat(200));
    near.pong(Buffer.alloc(200));
    const frames = await peer.frames(2);
    expect(frames.map(({ payload }) => payload.length)).toEqual([125, 125]);
  });

  it('does nothing on a closed connection', async () => {
    const { near } = await connectPair();
    near.drop();
    expect(() => {
      near.ping();
      near.pong();
    }).not.toThrow();
  });
});

describe('the event ping', () => {
  it('lets a listener cancel the pong, by a call or by a mark', async () => {
    const { near, peer } = await rawPair();
    const pings: string[] = [];
    near.on('ping', (cancel, data) => {
      const text = data.toString();
      pings.push(text);
      if (text === 'call') cancel();
      if (text === 'mark') cancel.cancel = true;
    });
    peer.send(
      { opcode: 9, payload: 'call' },
      { opcode: 9, payload: 'mark' },
      { opcode: 9, payload: 'neither' },
    );
    expect(await peer.said()).toEqual([10, 'neither']);
    expect(pings).toEqual(['call', 'mark', 'neither']);
  });

  it('is not needed for pings to be answered, each of them', async () => {
    const { peer } = await rawPair();
    peer.send({ opcode: 9, payload: 'one' }, { opcode: 9, payload: 'two' });
    expect([await peer.said(), await peer.said()]).toEqual([
      [10, 'one'],
      [10, 'two'],
    ]);
  });

  it('owes only the newest pong to a peer that does not read', async () => {
    const { near, peer } = await rawPair();
    peer.socket.pause();
    while (near.send('x'.repeat(16_000)));
    const pinged = new Promise<void>((resolve) => {
      near.on('ping', (_cancel, data) => {
        if (data.toString() === 'last') resolve();
      });
    });
    for (let count = 0; count < 1000; count++) peer.send({ opcode: 9, payload: `ping ${count}` });
    peer.send({ opcode: 9, payload: 'last' });
    await pinged;
    peer.socket.resume();
    let said = await peer.said();
    while (said[0] !== 10) said = await peer.said();
    expect(said).toEqual([10, 'last']);
  });
});

describe('pong', () => {
  it('sends a pong nobody asked for', async () => {
    const { near, far } = await connectPair();
    near.pong(Buffer.from('unasked'));
    expect(String((await once(far, 'pong'))[0])).toBe('unasked');
  });
});

describe('pause and resume', () => {
  it('hold messages back and let them go, with the events pause and resume', async () => {
    const { near, far } = await connectPair();
    const seen: string[] = [];
    near.on('pause', () => seen.push('pause'));
    near.on('resume', () => seen.push('resume'));
    near.on('message', (message) => seen.push(message.type));
    near.pause();
    near.pause();
    far.send('text');
    expect(await sendError((done) => far.send('more', done))).toBeUndefined();
    await turn();
    expect(seen).toEqual(['pause']);
    expect(near.isPaused).toBe(true);
    near.resume();
    near.resume();
    await once(near, 'message');
    expect(seen.slice(0, 3)).toEqual(['pause', 'resume', 'utf8']);
  });
});

describe('what a connection says of itself', () => {
  it('protocol, extensions, webSocketVersion, remoteAddress, remoteAddresses, socket and config', async () => {
    const { server, url, port } = await startServer();
    const accepted = once(server, 'connect') as Promise<[Connection]>;
    const far = await connect(url, ['chat', 'other']);
    const [near] = await accepted;
    expect(near).toBeInstanceOf(WebSocketConnection);
    expect([near.protocol, far.protocol]).toEqual(['chat', 'chat']);
    expect([near.extensions, far.extensions]).toEqual([[], []]);
    expect([near.webSocketVersion, far.webSocketVersion]).toEqual([13, 13]);
    expect(near.remoteAddress).toBe('127.0.0.1');
    expect(near.remoteAddresses).toEqual(['127.0.0.1']);
    expect(far.socket.remotePort).toBe(port);
    expect(near.socket.localPort).toBe(port);
    expect(near.config.fragmentationThreshold).toBe(16_384);
    expect([near.maskOutgoingPackets, far.maskOutgoingPackets]).toEqual([false, true]);
    expect(near._debug.printOutput()).toBeUndefined();
    expect(() => near._debug('a line')).not.toThrow();
  });

  it('disableNagleAlgorithm of false leaves small frames to TCP', async () => {
    const { near, far } = await connectPair({ disableNagleAlgorithm: false });
    near.send('text');
    expect(await nextMessage(far)).toBe('text');
  });
});

describe('a connection made by hand', () => {
  it('takes over a socket on which the handshake is done', async () => {
    const { near, far } = await socketPair();
    const server = new WebSocketConnection(near, [], 'chat', false, {});
    const client = new WebSocketConnection(far, [], 'chat', true, {});
    expect([server.connected, server.state, server.protocol]).toEqual([true, 'open', 'chat']);
    client.send('text');
    expect(await nextMessage(server)).toBe('text');
    const closed = Promise.all([closeOf(server), closeOf(client)]);
    client.close();
    expect(await closed).toEqual([
      [1000, 'Normal connection closure'],
      [1000, 'Normal connection closure'],
    ]);
  });
});

describe('a log', () => {
  it('shows the state of a connection at either end, and nothing of its peer', async () => {
    const { near, far } = await connectPair();
    for (const end of [near, far]) {
      expect(JSON.stringify({ end })).toBe(
        '{"end":{"state":"open","protocol":"","bufferedAmount":0}}',
      );
    }
  });
});
