import { setTimeout as pause } from 'node:timers/promises';
import {
  connectFrame,
  INITIAL_WINDOW_SIZE,
  RawSession,
  windowFrame,
} from '../../lib/http2-frames.mjs';

const STREAMS = 50;

export const row = {
  title: '4 sessions x 50 subscribers that give their windows a byte at a time (CVE-2019-9511)',
  over: 'http2',
  seconds: 4,
  // As much as the limits of 200 queues hold: a push is 64 KiB, and 100 of them come in a second.
  peak: { engine: 260, nest: 260, 'ws-api': 60 },
  async attack({ port, ends, until, server, atMost }) {
    const { connections } = await server();
    const sessions = Array.from({ length: 4 }, () => {
      const session = new RawSession(port, { settings: { [INITIAL_WINDOW_SIZE]: 0 } });
      for (let at = 0; at < STREAMS; at++) {
        session.write(connectFrame(1 + 2 * at, { ':path': '/push' }));
      }
      return session;
    });
    await until(server, (now) => now.connections >= connections + 4 * STREAMS);
    const byte = Buffer.concat(
      Array.from({ length: STREAMS }, (_, at) => windowFrame(1 + 2 * at, 1)),
    );
    while (performance.now() < ends - 500) {
      for (const session of sessions) session.write(byte);
      await pause(5);
    }
    atMost('sessions that ended', sessions.filter(({ isOver }) => isOver).length, 0);
    for (const session of sessions) session.socket.destroy();
  },
};
