// Runs the load generator against one server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LOAD_CORE, onCore, stop } from './basics.mjs';
import { messageCount } from './cells.mjs';
import { compileLoad } from './compile.mjs';
import { greetingAnswer, handshake, samplesMatch, unitsFile } from './frames.mjs';
import { payloads } from './payloads.mjs';

/** The files the generator reads, kept for the length of the run. */
const folder = mkdtempSync(join(tmpdir(), 'nestwire-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const written = new Map();
function file(name, make) {
  const path = join(folder, name);
  if (!written.has(name)) {
    written.set(name, true);
    writeFileSync(path, make());
  }
  return path;
}

const messages = new Map();
function messagesOf(cell) {
  const { kind, size } = cell.payload;
  const key = `${kind}-${size}-${messageCount(cell)}`;
  if (!messages.has(key)) messages.set(key, payloads(kind, size, messageCount(cell)));
  return { key, list: messages.get(key) };
}

function generator(mode, server, cell, times) {
  const { peer } = server;
  const deflate = cell.deflate === true;
  const args = {
    mode,
    port: server.port,
    pid: server.pid,
    connections: cell.connections,
    outstanding: cell.outstanding,
    request: file(`request-${peer.wire}-${deflate}`, () => handshake(peer.path ?? '/', deflate)),
    ...times,
  };
  if (cell.payload) {
    const { key, list } = messagesOf(cell);
    args.units = file(`units-${key}-${peer.wire}-${deflate}`, () =>
      unitsFile(list, peer.wire, deflate),
    );
    if (peer.wire === 'socketIo' && cell.payload.kind === 'binary') args['reply-frames'] = 2;
  }
  if (peer.greeting) {
    const { frames, answer, answers } = peer.greeting;
    Object.assign(args, { greetings: frames, answers });
    args.hello = file(`hello-${peer.wire}`, () => greetingAnswer(answer));
  }
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [program, ...rest] = onCore(LOAD_CORE, [compileLoad(), ...flags]);
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * Loads a server for a while.
 * @returns `cpu` of the server in microseconds per message, `rate` in messages per second, `bytes` of
 *   a reply, and `busy`, the shares of their core that server and load used
 */
export async function measure(server, cell, { warmUp, window }) {
  const child = generator(cell.mode, server, cell, { 'warm-up': warmUp, window });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  const failed = `${server.peer.name} failed in cell ${cell.id}`;
  if (code !== 0) stop(failed);
  const { messages: count, wall, cpu, loadCpu, bytes, samples } = JSON.parse(output);
  if (count === 0) stop(`${failed}: no message came back`);
  if (cell.deflate && !samplesMatch(samples, messagesOf(cell).list)) {
    stop(`${failed}: its replies are not compressed or not what was sent`);
  }
  return {
    cpu: cpu / count,
    rate: count / (wall / 1e6),
    bytes: bytes / count,
    busy: { server: cpu / wall, load: loadCpu / wall },
  };
}

/** Opens the connections of a cell, sends what it sends, and keeps them. @returns how to let go */
export async function hold(server, cell) {
  const child = generator('hold', server, cell, {});
  const [first] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => []),
  ]);
  if (first === undefined)
    stop(`${server.peer.name} does not hold ${cell.connections} connections`);
  return async () => {
    const exit = once(child, 'exit');
    child.kill();
    await exit;
  };
}
