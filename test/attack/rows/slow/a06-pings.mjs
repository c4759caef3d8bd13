import { frame, repeated } from '../../lib/wire.mjs';

const pings = repeated(frame(9, Buffer.alloc(125)), 500);

export const row = {
  title: '20 peers that never read flood pings',
  peak: 10,
  async attack({ open, ends }) {
    const peers = await open(20, {}, true);
    await Promise.all(peers.map((peer) => peer.flood(pings, { ends })));
  },
};
