// What every server under attack shares: it tells its port and, when asked, what it has and what went wrong.
import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { answer, task } from '../lib/asked.mjs';

export { task };

const errors = [];
process.on('uncaughtException', (error) => errors.push(String(error?.stack ?? error)));
process.on('unhandledRejection', (error) => errors.push(String(error?.stack ?? error)));

/** Connections that ended, by their close code. */
const closes = {};

export function closed(code) {
  closes[code] = (closes[code] ?? 0) + 1;
}

/** Bytes, where the system tells; the most there were since `forgetPeak`. */
function peak() {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(kib) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function forgetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux: the peak is that of the whole life.
  }
}

/**
 * All that can be collected. `gc()` leaves V8 the room for young objects that it once needed: it gives that
 * back by itself, after some idle seconds.
 */
async function collect() {
  const session = new Session();
  session.connect();
  await new Promise((resolve) => session.post('HeapProfiler.collectGarbage', resolve));
  session.disconnect();
}

/**
 * @param port where it listens
 * @param connections how many are open now
 * @param others further questions it answers
 */
export function announce(port, connections, others = {}) {
  answer({
    port: () => port,
    /** @param whole with all that can be collected gone, which takes long; else as it is after a plain `gc()` */
    async stats({ forget = false, whole = false } = {}) {
      const most = peak();
      globalThis.gc();
      const resident = process.memoryUsage.rss();
      if (whole) await collect();
      const { heapUsed, external, rss } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      if (forget) forgetPeak();
      return {
        held: heapUsed + external,
        rss,
        resident,
        peak: most,
        cpu: (user + system) / 1_000,
        connections: connections(),
        closes: { ...closes },
        errors: [...errors],
        prototype: Object.getOwnPropertyNames(Object.prototype).length,
      };
    },
    ...others,
  });
}

/** What is pushed to whoever connects to /push: a text that is made anew each time, as broadcasts are. */
export const PUSH = { path: '/push', interval: 10 };

let pushed = 0;

export function nextPush() {
  return `${String(pushed++).padStart(8, '0')}${'x'.repeat(64 * 1024 - 8)}`;
}
