// One server under test, in a process of its own on a core of its own.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SERVER_CORE, onCore, stop } from './basics.mjs';

/** Milliseconds a server may take to start, or to tell its memory. */
const ANSWER_LIMIT = 20_000;

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
    async stop() {
      stopping = true;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await gone;
      clearTimeout(timer);
    },
  };
}
