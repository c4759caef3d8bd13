import { frame } from '../../lib/wire.mjs';

const PEERS = 50;

export const row = {
  title: '50 that send Close and never leave, 50 that break the protocol and never read',
  seconds: 8,
  async attack({ open, ends, until, server, atMost }) {
    const { connections } = await server();
    const closing = await open(PEERS);
    for (const peer of closing) {
      peer.socket.allowHalfOpen = true;
      peer.write(frame(8, Buffer.from([3, 232])));
    }
    const wrong = await open(PEERS, {}, true);
    for (const peer of wrong) peer.write(frame(3));
    const begin = performance.now();
    const left = await until(server, (now) => now.connections <= connections + 1);
    atMost('closed after', (Math.min(performance.now(), ends) - begin) / 1_000, 6.5, 's');
    atMost('still open', left.connections - connections, 1);
  },
};
