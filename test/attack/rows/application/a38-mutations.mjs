import { frame, Peer, upgradeHead } from '../../lib/wire.mjs';

const SEED = 20_260;

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A handshake and some frames of which a few bytes are others, are missing or come twice. */
function stream(random) {
  const below = (limit) => Math.floor(random() * limit);
  const frames = Array.from({ length: 1 + below(8) }, () =>
    frame(below(16), 'x'.repeat(below(200)), {
      fin: random() < 0.7,
      rsv: random() < 0.8 ? 0 : below(8),
    }),
  );
  const head = Buffer.from(
    upgradeHead({
      headers: random() < 0.5 ? {} : { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
    }),
  );
  const bytes = Array.from(Buffer.concat([head, ...frames]));
  // Mostly behind the handshake: one that is refused tests nothing else.
  const start = random() < 0.2 ? 0 : head.length;
  for (let changes = below(6); changes > 0; changes--) {
    const at = start + below(bytes.length - start);
    const kind = below(3);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes.splice(at, 1 + below(4));
    else bytes.splice(at, 0, ...bytes.slice(at, at + below(20)));
  }
  return Buffer.from(bytes);
}

export const row = {
  title: 'mutated handshakes and frames, seed 20260',
  over: 'http1',
  deflate: true,
  async attack({ port, ends, atMost }) {
    const random = numbers(SEED);
    let done = 0;
    while (performance.now() < ends - 500 && done < 3_000) {
      const peers = Array.from({ length: 20 }, () => new Peer(port));
      for (const peer of peers) {
        const bytes = stream(random);
        const cut = Math.floor(random() * bytes.length);
        peer.write(bytes.subarray(0, cut));
        peer.write(bytes.subarray(cut));
      }
      await Promise.all(
        peers.map((peer) => peer.until(() => peer.status !== 0, performance.now() + 30)),
      );
      for (const peer of peers) peer.socket.destroy();
      done += peers.length;
    }
    atMost('streams short of 500', Math.max(0, 500 - done), 0);
  },
};
