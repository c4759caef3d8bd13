import { setImmediate as turn } from 'node:timers/promises';
import { frame, Peer, upgradeHead } from '../../lib/wire.mjs';

const ROUNDS = 2_000;

export const row = {
  title: '2,000 resets during the upgrade, with an invalid frame right behind it',
  seconds: 8,
  async attack({ port, ends, impl, atMost }) {
    const paths = impl === 'nest' ? ['/', '/slow'] : ['/'];
    const invalid = frame(3, 'x');
    let done = 0;
    for (; done < ROUNDS && performance.now() < ends - 500; done++) {
      const peer = new Peer(port);
      const line = `GET ${paths[done % paths.length]} HTTP/1.1`;
      peer.write(
        Buffer.concat([Buffer.from(upgradeHead({ line })), done % 3 ? invalid : Buffer.alloc(0)]),
      );
      await new Promise((resolve) => peer.socket.once('connect', resolve).once('close', resolve));
      for (let turns = done % 4; turns > 0; turns--) await turn();
      peer.socket.resetAndDestroy();
    }
    atMost('not done in time', ROUNDS - done, ROUNDS / 2);
  },
};
