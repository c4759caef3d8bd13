import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, type MessageData } from 'nestwire/engine';
import { RawPeer } from '../../libs/engine/src/testing-fixtures/raw-peer.js';
import { nextConnection, serve } from '../../libs/engine/src/testing-fixtures/websocket-servers.js';
import { RawServer } from '../../libs/engine/src/testing-fixtures/raw-server.js';
import { closeAll } from '../conformance/support/cleanup.js';

afterEach(closeAll);

/** What must never be on a wire: it fills all memory that buffers are cut from. */
const CANARY = 'CANARY-OF-ANOTHER-CONNECTION';

function poison(): void {
  for (let round = 0; round < 200; round++) Buffer.allocUnsafe(1_000).fill(CANARY);
  for (let round = 0; round < 20; round++) Buffer.allocUnsafeSlow(100_000).fill(CANARY);
}

/** Both ends of the engine, each with a raw peer. */
async function ends() {
  const { server, port } = await serve();
  const connected = nextConnection(server);
  const client = await RawPeer.open(port);
  const raw = await RawServer.listen();
  const ws = new WebSocket(raw.url);
  const { peer } = await raw.accept();
  await once(ws, 'open');
  return [
    { ws: await connected, peer: client },
    { ws, peer },
  ];
}

describe('what the application sends', () => {
  it('A36. as a number, typed array or array is exactly its bytes', async () => {
    const floats = new Float32Array([1.5, -2]);
    const cases: [MessageData, Buffer][] = [
      [100, Buffer.from('100')],
      [0, Buffer.from('0')],
      [floats, Buffer.from(floats.buffer)],
      [new Uint16Array([1, 2, 3]).subarray(1), Buffer.from([2, 0, 3, 0])],
      [new DataView(new ArrayBuffer(8), 2, 3), Buffer.alloc(3)],
      [new ArrayBuffer(5), Buffer.alloc(5)],
      [[1, 2, 255], Buffer.from([1, 2, 255])],
      [new Uint8Array(0), Buffer.alloc(0)],
    ];
    for (const { ws, peer } of await ends()) {
      for (const [data, bytes] of cases) {
        poison();
        ws.send(data);
        ws.ping(data);
        ws.pong(data);
        const frames = await peer.frames(3);
        for (const { payload } of frames) expect(payload).toEqual(bytes);
      }
    }
  });

  it('A36. as an object without bytes throws, or is sent as zeros', async () => {
    const wrong = [
      { length: 100 },
      {},
      Symbol('x'),
      () => 1,
      true,
      { byteLength: 4 },
      { buffer: 1 },
    ];
    for (const { ws, peer } of await ends()) {
      for (const data of wrong as MessageData[]) {
        poison();
        for (const send of [() => ws.send(data), () => ws.ping(data), () => ws.pong(data)]) {
          try {
            send();
          } catch (error) {
            expect((error as Error).name).toMatch(/TypeError|UsageError/);
          }
        }
      }
      ws.send('end');
      // What has a length is taken for an array by `Buffer.from`: zeros, never memory.
      for (;;) {
        const { opcode, payload } = await peer.frame();
        if (payload.toString() === 'end') break;
        expect([opcode, payload.every((byte) => byte === 0)]).toEqual([opcode, true]);
      }
    }
  });

  it('A36. as the code and reason of a close is those bytes, or throws', async () => {
    for (const { ws, peer } of await ends()) {
      poison();
      for (const reason of [{ length: 100 }, new Float32Array(20), [1, 2]]) {
        expect(() => ws.close(1000, reason as unknown as string)).toThrow(TypeError);
      }
      for (const code of ['1000', {}, true, 1005, 999]) {
        expect(() => ws.close(code as number)).toThrow(TypeError);
      }
      ws.close(1000, Buffer.from('bye'));
      expect(await peer.said()).toEqual([8, 1000, 'bye']);
    }
    // What has no length is no reason, as in ws.
    for (const reason of [100, true, {}]) {
      for (const { ws, peer } of await ends()) {
        poison();
        ws.close(1000, reason as unknown as string);
        expect(await peer.said()).toEqual([8, 1000, '']);
      }
    }
  });

  it('A36. never carries bytes of another connection, whatever the sizes', async () => {
    const { server, port } = await serve();
    const sockets: { ws: WebSocket; peer: RawPeer; letter: string }[] = [];
    for (const letter of 'abcdef') {
      const connected = nextConnection(server);
      const peer = await RawPeer.open(port);
      sockets.push({ ws: await connected, peer, letter });
    }
    const sizes = [0, 1, 125, 126, 1_000, 16_384, 65_535, 65_536, 70_000, 300_000];
    for (const size of sizes) {
      poison();
      for (const { ws, letter } of sockets) {
        ws.send(letter.repeat(size));
        ws.send(Buffer.alloc(size, letter));
      }
      await turn();
    }
    for (const { peer, letter } of sockets) {
      const frames = await peer.frames(2 * sizes.length);
      const strange = frames.filter(({ payload }) =>
        payload.some((byte) => byte !== letter.charCodeAt(0)),
      );
      expect(strange).toHaveLength(0);
    }
  });

  it('A36. may change once it is sent, up to 64 KiB, and arrives as it was', async () => {
    for (const { ws, peer } of await ends()) {
      for (const size of [10, 1_000, 64 * 1_024 - 14]) {
        const data = Buffer.alloc(size, 'a');
        ws.send(data);
        data.fill('b');
        expect((await peer.frame()).payload.every((byte) => byte === 97)).toBe(true);
      }
    }
  });
});
