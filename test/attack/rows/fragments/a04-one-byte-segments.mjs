import { setImmediate as turn } from 'node:timers/promises';
import { frame, MIB } from '../../lib/wire.mjs';

const PEERS = 50;
const byte = Buffer.from('x');

export const row = {
  title: 'a frame of 1 MiB in segments of one byte, 50 connections',
  async attack({ open, ends, server, atMost }) {
    const peers = await open(PEERS);
    const before = await server();
    const head = frame(2, '', { announced: MIB });
    for (const peer of peers) peer.write(head);
    let sent = 0;
    while (performance.now() < ends - 500 && sent < 20_000) {
      for (const peer of peers) peer.write(byte);
      sent++;
      await turn();
    }
    const { held } = await server();
    const received = PEERS * (head.length + sent);
    atMost('held', (held - before.held) / MIB, (2 * received) / MIB + 1, 'MB');
  },
};
