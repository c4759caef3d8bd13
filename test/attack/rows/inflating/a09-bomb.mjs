import { bomb, DEFLATE, MIB } from '../../lib/wire.mjs';

export const row = {
  title: '20 bombs of 510 KiB that inflate to 512 MiB',
  deflate: true,
  options: { maxPayload: MIB },
  peak: 40,
  async attack({ open, ends, among }) {
    const attack = bomb(512 * MIB);
    const peers = await open(20, { headers: DEFLATE });
    for (const peer of peers) peer.write(attack);
    await Promise.all(peers.map((peer) => peer.until(() => peer.code !== undefined, ends)));
    among(
      'close code',
      peers.map(({ code }) => code),
      [1009],
    );
  },
};
