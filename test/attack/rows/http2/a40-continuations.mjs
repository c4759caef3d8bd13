import { connectBlock, h2Frame, RawSession, TYPE } from '../../lib/http2-frames.mjs';

const more = h2Frame(TYPE.continuation, 0, 1, Buffer.alloc(16_000));
const empty = Buffer.concat(Array.from({ length: 1_000 }, () => h2Frame(TYPE.continuation, 0, 1)));

export const row = {
  title: '20 sessions whose headers never end: large ones, and empty ones (CVE-2024-27983)',
  over: 'http2',
  quick: true,
  peak: 10,
  async attack({ port, ends, atMost }) {
    const sessions = Array.from({ length: 20 }, () => new RawSession(port));
    await Promise.all(
      sessions.map(async (session, index) => {
        session.write(h2Frame(TYPE.headers, 0, 1, connectBlock()));
        await session.flood(() => (index % 2 ? more : empty), ends);
      }),
    );
    atMost('still open', sessions.filter(({ isOver }) => !isOver).length, 0);
  },
};
