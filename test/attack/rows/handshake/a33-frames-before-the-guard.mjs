import { setTimeout as pause } from 'node:timers/promises';
import { frame, KIB, MIB, Peer, repeated, upgradeHead } from '../../lib/wire.mjs';

const PEERS = 50;

export const row = {
  title: 'frames behind an upgrade that a guard refuses later',
  on: ['nest'],
  async attack({ port, ends, server, among, atMost }) {
    const before = await server();
    const messages = repeated(frame(1, '{"event":"echo","data":1,"id":1}'), 30_000);
    const head = Buffer.from(upgradeHead({ line: 'GET /slow HTTP/1.1' }));
    const peers = Array.from({ length: PEERS }, () => new Peer(port));
    for (const peer of peers) peer.write(Buffer.concat([head, messages]));
    await pause(30);
    const { held } = await server();
    // Two reads of Node's, a request, and what they leave to be collected.
    const most = (PEERS * 4 * 64 * KIB) / MIB;
    atMost('held', (held - before.held) / MIB, most, 'MB');
    await Promise.all(peers.map((peer) => peer.until(() => peer.status !== 0, ends)));
    // Some answers are lost to a reset, for the messages were still being sent.
    among(
      'status',
      peers.map(({ status }) => status),
      [403, 0],
    );
    atMost(
      'answers',
      peers.reduce((sum, peer) => sum + peer.count(1), 0),
      0,
    );
  },
};
