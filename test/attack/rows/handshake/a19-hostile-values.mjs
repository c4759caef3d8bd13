import { Peer } from '../../lib/wire.mjs';

const SIZE = 14_000;
const PROTOCOL = 'Sec-WebSocket-Protocol';
const EXTENSIONS = 'Sec-WebSocket-Extensions';

const VALUES = [
  [PROTOCOL, `b${' '.repeat(SIZE)}x`],
  [PROTOCOL, `${'a,'.repeat(SIZE / 2)}a`],
  [EXTENSIONS, `a;b="${'\\c'.repeat(SIZE / 2)}`],
  [EXTENSIONS, `${'a;b,'.repeat(SIZE / 4)}a`],
  [EXTENSIONS, `a${' '.repeat(SIZE)};`],
  [EXTENSIONS, `a${';b'.repeat(SIZE / 2)}`],
  ['Cookie', 'a=b; '.repeat(SIZE / 5)],
  ['Origin', `http://${'a.'.repeat(SIZE / 2)}`],
];
const ROUNDS = 10;

export const row = {
  title: 'headers of 14 KB that are slow to read',
  deflate: true,
  async attack({ port, server, atMost }) {
    for (const [name, value] of VALUES) {
      const before = (await server()).cpu;
      for (let round = 0; round < ROUNDS; round++) {
        const peer = await Peer.open(port, { headers: { [name]: value } });
        peer.socket.destroy();
      }
      // What answers it, and the clients beside it, among it.
      const each = ((await server()).cpu - before) / ROUNDS;
      atMost(`${name} ${value.slice(0, 6).trim()}...`, each, 10, 'ms');
    }
  },
};
