import { connectFrame, RawSession, resetFrame } from '../../lib/http2-frames.mjs';

/** Requests of one write. */
const SOME = 50;

/** Sessions of one attacker, one after the other. */
const ROUNDS = 3;

export const row = {
  title: '10 that ask and reset as fast as they can, and come back twice (CVE-2023-44487)',
  over: 'http2',
  seconds: 5,
  // Node lets a session take 10 MB (maxSessionMemory), and there are ten at a time.
  peak: 100,
  async attack({ port, ends, equal }) {
    let sentAway = 0;
    const attacker = async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const session = new RawSession(port);
        let stream = -1;
        await session.flood(() => {
          const some = [];
          for (let each = 0; each < SOME; each++) {
            stream += 2;
            some.push(connectFrame(stream), resetFrame(stream));
          }
          return Buffer.concat(some);
        }, ends - 500);
        if (session.isOver) sentAway++;
        session.socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: 10 }, attacker));
    equal('sent away', sentAway, 10 * ROUNDS);
  },
};
