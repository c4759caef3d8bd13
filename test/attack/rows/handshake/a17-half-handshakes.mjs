import { Peer, upgradeHead } from '../../lib/wire.mjs';

const PEERS = 1_500;

export const row = {
  title: '1,500 handshakes that stop half way',
  over: 'http1',
  seconds: 14,
  async attack({ port, ends, until, atMost }) {
    const head = upgradeHead();
    const begin = performance.now();
    const peers = Array.from({ length: PEERS }, (_, index) => {
      const peer = new Peer(port);
      peer.write(head.slice(0, 20 + Math.floor((index * (head.length - 22)) / PEERS)));
      return peer;
    });
    const open = () => peers.filter(({ isOver }) => !isOver).length;
    await until(
      () => Promise.resolve(open()),
      (count) => count === 0,
    );
    atMost('closed after', (Math.min(performance.now(), ends) - begin) / 1_000, 13, 's');
    atMost('still open', open(), 0);
  },
};
