import { frame, repeated } from '../../lib/wire.mjs';

export const row = {
  title: '20 peers that never read send messages of 1 KiB',
  seconds: 5,
  // As much as the limits of 20 queues, and 20 MB: 1 MiB each, under the API of ws 64 MiB.
  peak: { engine: 40, nest: 40, 'ws-api': 1_300, ws: 1_300 },
  async attack({ open, ends, text }) {
    const peers = await open(20, {}, true);
    const messages = repeated(frame(1, text(1_024)), 256);
    await Promise.all(peers.map((peer) => peer.flood(messages, { ends })));
  },
};
