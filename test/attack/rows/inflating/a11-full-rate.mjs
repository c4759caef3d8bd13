import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { DEFLATE, frame, KIB, MIB } from '../../lib/wire.mjs';

/** A message like others: it shrinks to about a third. */
function ordinary(size) {
  const words = Array.from({ length: 64 }, () => randomBytes(6).toString('hex'));
  let text = '';
  while (text.length < size) text += `${words[text.length % 61]} `;
  const packed = deflateRawSync(text.slice(0, size), { finishFlush: constants.Z_SYNC_FLUSH });
  return frame(2, packed.subarray(0, -4), { rsv: 4 });
}

export const row = {
  title: '4 connections send compressed messages of 1 MiB as fast as they can',
  deflate: true,
  peak: 60,
  async attack({ open, ends }) {
    const peers = await open(4, { headers: DEFLATE });
    const message = ordinary(MIB - KIB);
    await Promise.all(peers.map((peer) => peer.flood(message, { ends })));
  },
};
