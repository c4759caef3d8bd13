// One server under test, in a process of its own on a core of its own.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { SERVER_CORE, onCore, stop } from './basics.mjs';

/** Milliseconds a server may take to start, or to tell its memory. */
const ANSWER_LIMIT = 20_000;

/** Milliseconds between two looks at a server that should have nothing to do. */
const QUIET_STEP = 40;
const QUIET_LIMIT = 8_000;
/** Share of a core that a server without clients may take: timers, garbage collection. */
const QUIET_SHARE = 0.1;

/** Milliseconds on a CPU so far, of all threads. */
function cpuTime(pid) {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce((sum, task) => {
    try {
      const [onCpu] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
      return sum + Number(onCpu) / 1e6;
    } catch {
      // A thread that ended meanwhile.
      return sum;
    }
  }, 0);
}

/** @param nodeFlags extra flags of Node, for profiling */
export async function startServer(peer, cell, nodeFlags = []) {
  const task = { feature: cell.feature, deflate: cell.deflate === true, ...peer.task };
  const [runtime, ...rest] = peer.command;
  const [program, ...args] = onCore(SERVER_CORE, [
    runtime,
    ...nodeFlags,
    ...rest,
    JSON.stringify(task),
  ]);
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...peer.env, NODE_ENV: 'production' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stopping = false;
  const gone = new Promise((resolve) => {
    child.once('error', (error) => stop(`${peer.name} does not start: ${error.message}`));
    child.once('exit', (code) => {
      if (!stopping) stop(`${peer.name} ended with ${code} in cell ${cell.id}`);
      resolve();
    });
  });
  const answer = async () => {
    const timer = setTimeout(() => stop(`${peer.name} does not answer`), ANSWER_LIMIT);
    const { value } = await lines.next();
    clearTimeout(timer);
    return JSON.parse(value ?? '{}');
  };
  const { port } = await answer();
  return {
    peer,
    port,
    pid: child.pid,
    /** Bytes in use after collecting garbage. */
    memory() {
      child.stdin.write('memory\n');
      return answer();
    },
    /** Waits until it is done with what the last load left behind: it must not end up in the next. */
    async quiet() {
      for (let left = QUIET_LIMIT; left > 0; left -= QUIET_STEP) {
        const before = cpuTime(child.pid);
        await pause(QUIET_STEP);
        if (cpuTime(child.pid) - before < QUIET_SHARE * QUIET_STEP) return;
      }
      stop(`${peer.name} is still busy ${QUIET_LIMIT} ms after the load of cell ${cell.id} ended`);
    },
    async stop() {
      stopping = true;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await gone;
      clearTimeout(timer);
    },
  };
}
