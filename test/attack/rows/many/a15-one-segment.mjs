import { frame, repeated } from '../../lib/wire.mjs';

const FRAMES = 10_900;

export const row = {
  title: '10 x 10,900 frames in one segment each',
  quick: true,
  async attack({ open, ends, text, equal }) {
    const message = repeated(frame(1, text(32)), FRAMES);
    const peers = await open(10);
    for (const peer of peers) peer.write(message);
    await Promise.all(peers.map((peer) => peer.until(() => peer.count(1) === FRAMES, ends)));
    equal(
      'answers',
      peers.reduce((sum, peer) => sum + peer.count(1), 0),
      10 * FRAMES,
    );
  },
};
