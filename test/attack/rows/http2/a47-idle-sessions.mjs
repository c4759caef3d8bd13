import { RawSession } from '../../lib/http2-frames.mjs';

const SESSIONS = 1_000;

export const row = {
  title: '1,000 sessions without a stream',
  over: 'http2',
  seconds: 6,
  async attack({ port, ends, server, atMost }) {
    const open = async (count) => {
      const sessions = Array.from({ length: count }, () => new RawSession(port));
      await Promise.all(
        sessions.map((session) => new Promise((resolve) => session.socket.once('data', resolve))),
      );
      return sessions;
    };
    const first = await open(100);
    const before = await server();
    const rest = await open(SESSIONS);
    atMost('RSS each', ((await server()).rss - before.rss) / SESSIONS / 1_000, 60, 'KB');
    for (const session of [...first, ...rest]) session.socket.destroy();
    atMost('too late', Math.max(0, performance.now() - ends), 0, 'ms');
  },
};
