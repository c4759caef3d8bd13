import { connectFrame, RawSession } from '../../lib/http2-frames.mjs';

const SESSIONS = 5;
const STREAMS = 250;

export const row = {
  title: '5 sessions ask 250 times each at once, go away while a guard looks at it, and come back',
  over: 'http2',
  seconds: 5,
  peak: 60,
  async attack({ port, impl, ends, atMost }) {
    const path = impl === 'nest' ? '/slow' : '/';
    const requests = Buffer.concat(
      Array.from({ length: STREAMS }, (_, at) => connectFrame(1 + 2 * at, { ':path': path })),
    );
    let rounds = 0;
    while (performance.now() < ends - 1_500) {
      const sessions = Array.from({ length: SESSIONS }, () => new RawSession(port));
      for (const session of sessions) session.write(requests);
      await Promise.all(sessions.map((session) => session.drained(ends)));
      await new Promise((resolve) => setTimeout(resolve, 40));
      for (const session of sessions) session.socket.destroy();
      rounds++;
    }
    atMost('rounds short of 2', Math.max(0, 2 - rounds), 0);
  },
};
