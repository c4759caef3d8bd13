// Starts what the cluster's benchmark needs beside itself, and ends all of it with itself.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, stop } from '../lib/basics.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function keep(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function serve(program, args, ready) {
  const child = keep(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  child.once('error', () => stop(`${program} is not installed`));
  await new Promise((resolve) => {
    const read = (chunk) => String(chunk).includes(ready) && resolve();
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  return child;
}

/**
 * @param isKept whether it has its data when it is started again
 * @returns where it is and its process; `again` starts one in its place, `forget` its data
 */
export async function startRedis({ isKept = false } = {}) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'nestwire-redis-'));
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  args.push('--appendonly', isKept ? 'yes' : 'no', '--appendfsync', 'no');
  let child;
  const redis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: 0,
    end: () => end(child),
    forget: () => rmSync(folder, { recursive: true, force: true }),
    async again() {
      child = await serve('redis-server', args, 'Ready to accept');
      redis.pid = child.pid;
    },
  };
  await redis.again();
  return redis;
}

export async function startNats() {
  const port = await freePort();
  const child = await serve('nats-server', ['-a', '127.0.0.1', '-p', `${port}`], 'Server is ready');
  return { url: `nats://127.0.0.1:${port}`, pid: child.pid, end: () => end(child) };
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A process of node.mjs, and how to ask it. */
export async function startNode(config, execArgv = []) {
  const child = keep(
    fork(file('./node.mjs'), [JSON.stringify({ build: ROOT, ...config })], { execArgv }),
  );
  let ending = false;
  child.once('exit', (code) => ending || stop(`a node ended with ${code}`));
  await once(child, 'message');
  const waiting = new Map();
  let last = 0;
  child.on('message', ({ id, value, error }) => {
    if (error !== undefined) stop(error);
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  const ask = (command, argument) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      child.send({ id: last, command, argument });
    });
  const finish = async () => {
    ending = true;
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  };
  return { ask, end: finish, pid: child.pid };
}

export function startClients() {
  const child = keep(fork(file('./clients.mjs')));
  return {
    /** Opens so many more connections. */
    async open(port, count) {
      child.send({ port, count });
      await once(child, 'message');
    },
    end: () => end(child),
  };
}
