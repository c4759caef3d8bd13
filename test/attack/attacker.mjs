// Runs the attack of one row, in a process of its own, and tells what came of it.
import { setTimeout as pause } from 'node:timers/promises';
import { askParent, answer, task } from './lib/asked.mjs';
import { StreamSocket } from './lib/stream-socket.mjs';
import { Peer } from './lib/wire.mjs';
import { rowOf } from './rows/index.mjs';

const { id, port, impl, seconds } = task;
if (task.http2) Peer.connect = (to) => new StreamSocket(to);
const row = await rowOf(id);
const checks = [];
const peers = [];

const context = {
  port,
  impl,
  http2: task.http2,
  /** When the attack has to be over, on the clock of `performance`. */
  ends: performance.now() + seconds * 1_000,
  /** An event that a gateway echoes, or a text of as many bytes. */
  text(size) {
    if (impl !== 'nest') return 'x'.repeat(size);
    return `{"event":"echo","data":"${'x'.repeat(Math.max(0, size - 26))}"}`;
  },
  /** Connections with a handshake behind them. */
  async open(count, head, deaf) {
    const opened = await Peer.openMany(port, count, head, deaf);
    peers.push(...opened);
    return opened;
  },
  /** What the server has now, after a garbage collection; see servers/host.mjs. */
  server: () => askParent('server'),
  /** Another question to the server. */
  ask: (question) => askParent('question', question),
  /** The first answer of `look` for which `holds`, or the last one when the time is over. */
  async until(look, holds) {
    for (;;) {
      const found = await look();
      if (holds(found) || performance.now() > context.ends) return found;
      await pause(20);
    }
  },
  atMost(what, found, allowed, unit = '') {
    checks.push({ what, found, allowed: `<= ${allowed}`, unit, holds: found <= allowed });
  },
  equal(what, found, allowed) {
    checks.push({ what, found, allowed, unit: '', holds: found === allowed });
  },
  /** That all of `found` are among `allowed`. */
  among(what, found, allowed) {
    const holds = found.length > 0 && found.every((one) => allowed.includes(one));
    const shown = [...new Set(found)].map(String).join(', ') || 'none';
    checks.push({ what, found: shown, allowed: allowed.map(String).join(', '), unit: '', holds });
  },
};

answer({
  async attack() {
    const begin = performance.now();
    await row.attack(context);
    return { checks, took: performance.now() - begin };
  },
});
process.send({ name: 'ready' });
