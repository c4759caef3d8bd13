import { frame, MIB, repeated } from '../../lib/wire.mjs';

const SIZE = 64;
const piece = frame(0, Buffer.alloc(SIZE), { fin: false });

/** Messages of `fragments` fragments, as many as make `total` bytes. */
function messages(fragments, total) {
  const one = Buffer.concat([
    frame(2, Buffer.alloc(SIZE), { fin: false }),
    repeated(piece, fragments - 2),
    frame(0, Buffer.alloc(SIZE)),
  ]);
  return repeated(one, Math.round(total / (fragments * SIZE)));
}

export const row = {
  title: 'messages of up to 1 MiB in fragments of 64 bytes',
  seconds: 5,
  async attack({ open, ends, server, atMost, impl }) {
    // As long as the limit on fragments allows: a gateway takes 1,024.
    const long = impl === 'nest' || impl === 'engine' ? 1_024 : 16_384;
    const [peer] = await open(1);
    const cpuOf = async (fragments) => {
      const before = (await server()).cpu;
      const bytes = messages(fragments, 8 * MIB);
      const wanted = peer.count(2) + Math.round((8 * MIB) / (fragments * SIZE));
      await peer.flood(bytes, { ends, times: 1 });
      await peer.until(() => peer.count(2) >= wanted, ends);
      return (await server()).cpu - before;
    };
    await cpuOf(long);
    const short = await cpuOf(long / 16);
    const found = (await cpuOf(long)) / short;
    // Of the same bytes in messages 16 times as long: quadratic would be 16.
    atMost('CPU of 16 times as long', found, 4, 'x');
  },
};
