import { Peer, upgradeHead } from '../../lib/wire.mjs';

// What an application itself puts into a response is tried in test/limits.
const VALUES = [
  'a\rX-Injected: 1',
  'a\nX-Injected: 1',
  'a\0b',
  'a\x7f',
  'a\xff',
  'a\tb',
  '"a"',
  'a b',
];

export const row = {
  title: 'CR, LF, NUL and others in what a response repeats',
  over: 'http1',
  async attack({ port, ends, equal }) {
    let injected = 0;
    for (const value of VALUES) {
      for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Key']) {
        const peer = new Peer(port);
        peer.socket.setEncoding('latin1');
        peer.write(Buffer.from(upgradeHead({ headers: { [name]: value } }), 'latin1'));
        await peer.until(() => peer.status !== 0, ends);
        if (/injected|[\0\x7f\xff]/i.test(peer.head)) injected++;
        peer.socket.destroy();
      }
    }
    equal('injected', injected, 0);
  },
};
