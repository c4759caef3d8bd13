import {
  connectBlock,
  END_HEADERS,
  field,
  h2Frame,
  indexed,
  RawSession,
  TYPE,
} from '../../lib/http2-frames.mjs';

const kept = field('x-large', 'x'.repeat(4_000), true);
/** 4 KB that a byte stands for, 8,000 times (CVE-2016-6581). */
const bomb = Buffer.concat([kept, ...Array.from({ length: 8_000 }, () => indexed(62))]);
const many = Buffer.concat(Array.from({ length: 1_000 }, (_, at) => field(`x-${at}`, 'v')));
const long = field('x-long', 'x'.repeat(15_000));

export const row = {
  title: 'lists of headers that are long, many, or grow from a byte to 4 KB each, 300 of each',
  over: 'http2',
  quick: true,
  peak: 40,
  async attack({ port, ends, server, equal }) {
    const { connections } = await server();
    let done = 0;
    for (let round = 0; round < 100 && performance.now() < ends - 500; round++) {
      const sessions = [bomb, many, long].map((block) => {
        const session = new RawSession(port);
        for (const stream of [1, 3, 5]) {
          const bytes = Buffer.concat([connectBlock(), block]);
          session.write(h2Frame(TYPE.headers, END_HEADERS, stream, bytes.subarray(0, 16_000)));
        }
        return session;
      });
      await Promise.all(
        sessions.map(
          (session) =>
            new Promise((resolve) => session.socket.once('data', resolve).once('close', resolve)),
        ),
      );
      for (const session of sessions) session.socket.destroy();
      done++;
    }
    equal('rounds', done > 10, true);
    equal('let in', (await server()).connections - connections > 60, false);
  },
};
