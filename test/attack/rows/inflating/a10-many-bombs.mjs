import { setTimeout as pause } from 'node:timers/promises';
import { bomb, DEFLATE, MIB, repeated } from '../../lib/wire.mjs';

export const row = {
  title: '20 x 2,000 messages that inflate to 1 MiB, then they leave',
  deflate: true,
  options: { maxPayload: MIB },
  seconds: 4,
  async attack({ open, server, atMost }) {
    const bombs = repeated(bomb(MIB), 2_000);
    const peers = await open(20, { headers: DEFLATE });
    for (const peer of peers) peer.write(bombs);
    await pause(1_500);
    for (const peer of peers) peer.socket.destroy();
    await pause(500);
    const { cpu } = await server();
    await pause(500);
    atMost('CPU after they left', (await server()).cpu - cpu, 250, 'ms of 500');
  },
};
