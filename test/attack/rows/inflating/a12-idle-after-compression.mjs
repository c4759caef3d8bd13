import { constants, deflateRawSync } from 'node:zlib';
import { DEFLATE, frame } from '../../lib/wire.mjs';

const PEERS = 500;

export const row = {
  title: '500 idle connections after one compressed message',
  deflate: true,
  seconds: 6,
  async attack({ open, ends, server, text, atMost }) {
    const packed = deflateRawSync(text(2_000), { finishFlush: constants.Z_SYNC_FLUSH });
    const before = await server();
    const peers = await open(PEERS, { headers: DEFLATE });
    const message = frame(1, packed.subarray(0, -4), { rsv: 4 });
    for (const peer of peers) peer.write(message);
    await Promise.all(peers.map((peer) => peer.until(() => peer.count(1) > 0, ends)));
    atMost('RSS each', ((await server()).rss - before.rss) / PEERS / 1_000, 40, 'KB');
  },
};
