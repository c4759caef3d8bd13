import { Peer, upgradeHead } from '../../lib/wire.mjs';

const REFUSED = [
  { line: 'POST / HTTP/1.1' },
  { headers: { 'Sec-WebSocket-Key': 'x' } },
  { headers: { 'Sec-WebSocket-Version': '7' } },
  { headers: { 'Sec-WebSocket-Key': null } },
];

export const row = {
  title: 'a refused upgrade with another request right behind it',
  over: 'http1',
  quick: true,
  async attack({ port, ends, among }) {
    const answers = [];
    const closes = [];
    for (const refused of REFUSED) {
      const peer = new Peer(port);
      peer.write(upgradeHead(refused) + upgradeHead());
      await Promise.race([peer.closed, peer.until(() => false, ends - 500)]);
      answers.push(peer.head.match(/HTTP\/1\.1 /g)?.length ?? 0);
      closes.push(/\r\nConnection: close/i.test(peer.head));
    }
    among('answers', answers, [1]);
    among('Connection: close', closes, [true]);
  },
};
