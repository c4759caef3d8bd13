import { frame } from '../../lib/wire.mjs';

const EACH = 20_000;

export const row = {
  title: '10 connections that join 20,000 rooms each, and are cut off',
  on: ['nest'],
  seconds: 6,
  async attack({ open, ends, ask, until, equal }) {
    const peers = await open(10);
    await Promise.all(
      peers.map(async (peer, index) => {
        const joins = Array.from({ length: EACH }, (_, room) =>
          frame(1, `{"event":"$join","data":{"room":"r${index}-${room}"},"id":1}`),
        );
        await peer.flood(Buffer.concat(joins), { ends: ends - 2_000, times: 1 });
        await peer.until(() => peer.count(1) >= EACH, ends - 1_500);
      }),
    );
    for (const peer of peers) peer.socket.resetAndDestroy();
    const rooms = await until(
      () => ask('rooms'),
      (left) => left === 0,
    );
    equal('rooms afterwards', rooms, 0);
  },
};
