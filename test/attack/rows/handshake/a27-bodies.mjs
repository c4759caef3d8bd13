import { Peer, upgradeHead } from '../../lib/wire.mjs';

const BODIES = [
  { 'Content-Length': '5' },
  { 'Content-Length': '0005' },
  { 'Transfer-Encoding': 'chunked' },
  { 'Transfer-Encoding': 'gzip, chunked' },
];

export const row = {
  title: 'upgrades with a body',
  over: 'http1',
  async attack({ port, ends, among }) {
    const statuses = [];
    for (const headers of BODIES) {
      const peer = new Peer(port);
      peer.write(`${upgradeHead({ headers })}hello`);
      await peer.until(() => peer.status !== 0, ends);
      statuses.push(peer.status);
      peer.socket.destroy();
    }
    among('status', statuses, [400]);
  },
};
