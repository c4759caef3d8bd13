import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import {
  TEST_MASK,
  rawFrame,
  type RawFrame,
} from '../../../libs/engine/src/testing-fixtures/raw-frame.js';
import { RawPeer } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import {
  upgradeHead,
  type UpgradeHead,
} from '../../../libs/engine/src/testing-fixtures/upgrade-head.js';

const KIB = 1024;
export const MIB = KIB * KIB;

export const client = (frame: RawFrame): Buffer => rawFrame({ mask: TEST_MASK, ...frame });

/** `count` times the same bytes. */
export function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}

/** Connections with a handshake behind them. */
export async function openPeers(
  port: number,
  count: number,
  head?: UpgradeHead,
): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let index = 0; index < count; index++) peers.push(await RawPeer.open(port, head));
  return peers;
}

/** A connection with a handshake behind it whose client never reads. */
export async function openDeaf(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(upgradeHead());
  return socket;
}

/** Writes all of it, as fast as the other side takes it; ends early when that side is gone. */
export async function flood(socket: Socket, bytes: Buffer, slice = 64 * KIB): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += slice) {
    if (socket.write(bytes.subarray(at, at + slice))) continue;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}

/** Round trips of a well-behaved client beside an attack, in milliseconds, the slowest last. */
export async function roundTrips(port: number, while_: Promise<unknown>): Promise<number[]> {
  const peer = await RawPeer.open(port);
  const times: number[] = [];
  const state = { going: true };
  void while_.finally(() => {
    state.going = false;
  });
  while (state.going || times.length < 20) {
    const begin = performance.now();
    peer.send({ opcode: 1, payload: 'healthy' });
    await peer.frame();
    times.push(performance.now() - begin);
  }
  await peer.destroy();
  return times.sort((a, b) => a - b);
}
