// Who is measured. `wire` is how its messages look in frames, see frames.mjs.
import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BENCH, ROOT, stop } from './basics.mjs';

const PEERS = join(BENCH, 'peers');
const BUN = join(PEERS, 'node_modules/@oven/bun-linux-x64/bin/bun');

const node = (...args) => [process.execPath, '--expose-gc', ...args];
const noAddon = { WS_NO_BUFFER_UTIL: '1' };

const ECHO = ['echo', 'cycle', 'idle'];
const ALL = [...ECHO, 'broadcast', 'deflate'];

/** A peer that serves the wire of RFC 6455 from test/bench/peers. */
const peer = (name, title, serves, extra = {}) => ({
  name,
  title,
  serves,
  wire: 'plain',
  command: node(join(PEERS, extra.file ?? `${name}.mjs`)),
  ...extra,
});

/** nestwire from the dist/ of `build`; its name ends in `suffix`. */
export function ours(build = ROOT, suffix = '') {
  const servers = join(BENCH, 'servers');
  const nest = { build, app: 'nest' };
  return [
    {
      name: `engine${suffix}`,
      title: 'nestwire engine',
      serves: ALL,
      command: node(join(servers, 'engine.mjs')),
      task: { build },
    },
    {
      name: `engine-ws${suffix}`,
      title: 'nestwire, API of ws',
      serves: ALL,
      command: node(join(servers, 'engine-ws.mjs')),
      task: { build },
    },
    {
      name: `nest${suffix}`,
      title: 'nestwire gateway',
      serves: ['nest', 'idle'],
      command: node(join(servers, 'start-nest.mjs')),
      task: nest,
    },
    {
      name: `nest-guarded${suffix}`,
      title: 'nestwire gateway, guard + ValidationPipe',
      serves: ['nest'],
      command: node(join(servers, 'start-nest.mjs')),
      task: { ...nest, guarded: true },
    },
  ].map((one) => ({ ...one, wire: 'plain', isOurs: true }));
}

function platformWs(name, title, guarded) {
  return {
    name,
    title,
    serves: ['nest'],
    wire: 'plain',
    command: node(join(BENCH, 'servers/start-nest.mjs')),
    env: noAddon,
    task: { build: ROOT, app: 'platform-ws', guarded },
  };
}

export function allPeers() {
  return [
    peer('ws', 'ws', ALL, { env: noAddon }),
    peer('ws+bufferutil', 'ws + bufferutil', ALL, { file: 'ws.mjs' }),
    peer('websocket', 'websocket', [...ECHO, 'broadcast']),
    peer('faye', 'faye-websocket', [...ECHO, 'broadcast']),
    peer('socket.io', 'socket.io (its own protocol)', ['echo', 'idle', 'broadcast'], {
      file: 'socket-io.mjs',
      wire: 'socketIo',
      env: noAddon,
      path: '/socket.io/?EIO=4&transport=websocket',
      // engine.io opens, the client joins the namespace "/", and that is confirmed.
      greeting: { frames: 1, answer: '40', answers: 1 },
    }),
    peer('bun', 'Bun', ALL, { command: [BUN, join(PEERS, 'bun.mjs')] }),
    peer('net', 'raw net', ECHO, { wire: 'raw' }),
    platformWs('platform-ws', '@nestjs/platform-ws', false),
    platformWs('platform-ws-guarded', '@nestjs/platform-ws, guard + ValidationPipe', true),
    ...ours(),
  ].filter((one) => one.name !== 'bun' || existsSync(BUN));
}

/** Installs the peers into their own folder, unless exactly these are there. */
export function installPeers() {
  const lock = readFileSync(join(PEERS, 'package-lock.json'), 'utf8');
  const wanted = Object.entries(JSON.parse(lock).packages).filter(
    ([path, entry]) => path !== '' && !entry.optional,
  );
  const missing = wanted.some(([path, { version }]) => {
    const manifest = join(PEERS, path, 'package.json');
    return !existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== version;
  });
  if (!missing) return;
  console.log('Installing the peers into test/bench/peers (once) ...');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: 'inherit' });
  if (npm.status !== 0) stop('the peers cannot be installed');
}

const version = (folder, name) =>
  JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;

/** Versions for the report. */
export function peerVersions() {
  const names = ['ws', 'bufferutil', 'websocket', 'faye-websocket', 'socket.io'];
  return {
    ...Object.fromEntries(names.map((name) => [name, version(PEERS, name)])),
    ...(existsSync(BUN) && { Bun: version(PEERS, '@oven/bun-linux-x64') }),
    '@nestjs/platform-ws': version(ROOT, '@nestjs/platform-ws'),
    '@nestjs/core': version(ROOT, '@nestjs/core'),
  };
}
