import { frame } from '../../lib/wire.mjs';

const SIZES = [1, 100, 125, 126, 1_000, 16_000, 65_000, 70_000, 200_000];

export const row = {
  title: 'echoes of 20 connections at once carry no byte of another',
  quick: true,
  async attack({ open, ends, impl, equal }) {
    const peers = await open(20);
    let strange = 0;
    let answers = 0;
    await Promise.all(
      peers.map(async (peer, index) => {
        const letter = String.fromCharCode(97 + index);
        peer.onText = (text) => {
          answers++;
          const body = impl === 'nest' ? JSON.parse(text).data : text;
          if (body !== letter.repeat(body.length)) strange++;
        };
        for (let round = 0; round < 3; round++) {
          for (const size of SIZES) {
            const text = letter.repeat(size);
            peer.write(frame(1, impl === 'nest' ? `{"event":"echo","data":"${text}"}` : text));
          }
        }
        await peer.until(() => peer.count(1) === 3 * SIZES.length, ends);
      }),
    );
    equal('answers', answers, peers.length * 3 * SIZES.length);
    equal('strange', strange, 0);
  },
};
