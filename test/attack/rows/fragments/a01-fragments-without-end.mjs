import { frame, repeated } from '../../lib/wire.mjs';

const pieces = repeated(frame(0, 'x', { fin: false }), 2_000);

export const row = {
  title: '10 x 200,000 one-byte fragments without end',
  peak: 20,
  quick: true,
  async attack({ open, ends, among }) {
    const peers = await open(10);
    await Promise.all(
      peers.map(async (peer) => {
        peer.write(frame(2, '', { fin: false }));
        await peer.flood(pieces, { ends, times: 100 });
        await peer.until(() => peer.code !== undefined, ends);
      }),
    );
    among(
      'close code',
      peers.map(({ code }) => code),
      [1008, 1009],
    );
  },
};
