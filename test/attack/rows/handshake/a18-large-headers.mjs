import { Peer } from '../../lib/wire.mjs';

const lines = (count, name, value) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, value]));

const HEADERS = [
  lines(2_000, 'X-Header-', 'value'),
  { 'X-Large': 'x'.repeat(60_000) },
  // Upgrade behind the limit on headers, where it is not seen (CVE-2024-37890).
  {
    Upgrade: null,
    Connection: null,
    ...lines(2_000, 'X-', 'a'),
    upgrade: 'websocket',
    connection: 'Upgrade',
  },
  { 'Sec-WebSocket-Protocol': 'a'.repeat(20_000) },
];

export const row = {
  title: 'thousands of headers, and headers far too long, 200 times each',
  over: 'http1',
  async attack({ port, among }) {
    const statuses = [];
    for (let round = 0; round < 50; round++) {
      const some = HEADERS.flatMap((headers) => Array.from({ length: 4 }, () => headers));
      const peers = await Promise.all(some.map((headers) => Peer.open(port, { headers })));
      statuses.push(...peers.map(({ status }) => status));
      for (const peer of peers) peer.socket.destroy();
    }
    // Some answers are lost to a reset, for the request was still being sent.
    among('status', statuses, [400, 426, 431, 0]);
  },
};
