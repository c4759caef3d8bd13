import { frame, MIB } from '../../lib/wire.mjs';

const PEERS = 30;

export const row = {
  title: '30 messages held one byte before their end, with a heap of 96 MB',
  heap: 96,
  options: { maxPayload: 8 * MIB },
  seconds: 5,
  // Half of the heap, and what is thrown away. A gateway takes messages of 1 MiB.
  peak: { 'ws-api': 140, engine: 60, nest: 60, ws: 140 },
  async attack({ open, ends, impl, server, among }) {
    const size = impl === 'nest' || impl === 'engine' ? MIB - 1 : 8 * MIB - 1;
    const peers = await open(PEERS);
    const attack = frame(2, Buffer.alloc(size)).subarray(0, -1);
    await Promise.all(peers.map((peer) => peer.flood(attack, { ends, times: 1 })));
    const { connections } = await server();
    const refused = peers.filter(({ code }) => code !== undefined);
    if (size < MIB) among('held', [connections >= PEERS], [true]);
    else
      among(
        'close code',
        refused.map(({ code }) => code),
        [1013],
      );
  },
};
