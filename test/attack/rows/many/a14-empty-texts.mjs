import { frame, repeated } from '../../lib/wire.mjs';

const texts = repeated(frame(1), 10_000);

export const row = {
  title: '4 connections send empty texts as fast as they can',
  async attack({ open, ends }) {
    const peers = await open(4);
    await Promise.all(peers.map((peer) => peer.flood(texts, { ends })));
  },
};
