import { frame, MIB, repeated } from '../../lib/wire.mjs';

const PEERS = 200;
const start = frame(2, '', { fin: false });
const pieces = repeated(frame(0, 'x', { fin: false }), 16_000);

export const row = {
  title: '200 x 16,000 one-byte fragments, held',
  seconds: 6,
  peak: 40,
  async attack({ open, ends, server, atMost }) {
    const peers = await open(PEERS);
    const before = await server();
    await Promise.all(
      peers.map(async (peer) => {
        peer.write(start);
        await peer.flood(pieces, { ends, times: 1 });
        // Its answer proves that everything before it was taken.
        peer.write(frame(9));
        await peer.until(() => peer.count(10) > 0 || peer.code !== undefined, ends);
      }),
    );
    const { held } = await server();
    const received = PEERS * (start.length + pieces.length);
    atMost('held', (held - before.held) / MIB, (2 * received + PEERS * 4_096) / MIB, 'MB');
  },
};
