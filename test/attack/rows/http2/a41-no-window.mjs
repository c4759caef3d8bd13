import { connectFrame, INITIAL_WINDOW_SIZE, RawSession } from '../../lib/http2-frames.mjs';

const PEERS = 20;

export const row = {
  title: '20 subscribers of a push of 64 KiB whose window is 0',
  over: 'http2',
  seconds: 13,
  async attack({ port, ends, until, server, atMost }) {
    const { connections } = await server();
    const begin = performance.now();
    const sessions = Array.from({ length: PEERS }, () => {
      const session = new RawSession(port, { settings: { [INITIAL_WINDOW_SIZE]: 0 } });
      session.write(connectFrame(1, { ':path': '/push' }));
      return session;
    });
    await until(server, (now) => now.connections >= connections + PEERS);
    const left = await until(server, (now) => now.connections <= connections + 1);
    atMost('closed after', (Math.min(performance.now(), ends) - begin) / 1_000, 12, 's');
    atMost('still open', left.connections - connections, 1);
    atMost('sessions that ended', sessions.filter(({ isOver }) => isOver).length, 0);
  },
};
