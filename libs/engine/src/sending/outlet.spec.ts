import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { ByteReader, closeSocketPairs, socketPair } from '../testing-fixtures/socket-pair.js';
import { Outlet, writeWhole } from './outlet.js';
import { outputArena } from './output-arena.js';

const KIB = 1024;
const sockets: SlowDuplex[] = [];

/** @param tls whether the socket passes for one that encrypts what it is given later */
function open(tls = false): { outlet: Outlet; socket: SlowDuplex; told: string[] } {
  const socket = new SlowDuplex();
  sockets.push(socket);
  const told: string[] = [];
  const seemingTls = { getPrototypeOf: () => TLSSocket.prototype };
  const outlet = new Outlet(tls ? new Proxy(socket, seemingTls) : socket, {
    outletBlocked: () => void told.push('blocked'),
    outletFree: () => void told.push('free'),
    tellLeft: () => void told.push('left'),
  });
  return { outlet, socket, told };
}

/** On a socket of Node's own, of which nobody is told anything. */
function openOn(socket: Duplex): Outlet {
  return new Outlet(socket, { outletBlocked() {}, outletFree() {}, tellLeft() {} });
}

/** Lets `text` leave through the arena. */
function writeArena(outlet: Outlet, text: string): void {
  outputArena.claim(outlet);
  outputArena.extend(outputArena.bytes.write(text));
  outlet.writeArena();
}

afterEach(async () => {
  await closeSocketPairs();
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(outputArena.owner).toBeNull();
});

describe('Outlet', () => {
  it('stays free while everything is taken at once', () => {
    const { outlet, socket, told } = open();
    outlet.write(Buffer.from('abc'));
    expect([outlet.isIdle, outlet.held, outlet.slice]).toEqual([true, 0, 256 * KIB]);
    expect(socket.bytes.toString()).toBe('abc');
    expect(told).toEqual([]);
  });

  it('is blocked until what the socket holds has been taken, and hands over less until then', async () => {
    const { outlet, socket, told } = open();
    socket.block();
    outlet.write(Buffer.from('abc'));
    expect([outlet.blocked, outlet.isIdle, outlet.held]).toEqual([true, false, 3]);
    expect(outlet.progressAt).toBeGreaterThan(0);
    socket.unblock();
    await turn();
    expect([outlet.blocked, outlet.held, outlet.slice]).toEqual([false, 0, 64 * KIB]);
    outlet.caughtUp();
    expect(outlet.slice).toBe(256 * KIB);
    expect(told).toEqual(['blocked', 'free']);
  });

  it('stays blocked when the socket fails instead', async () => {
    const { outlet, socket, told } = open();
    socket.block();
    socket.on('error', () => {});
    outlet.write(Buffer.from('abc'));
    socket.destroy(new Error('gone'));
    await turn();
    expect([outlet.blocked, outlet.destroyed]).toEqual([true, true]);
    expect(told).toEqual(['blocked']);
  });

  it('counts what meets a socket that has ended', () => {
    const { outlet, socket } = open();
    socket.end();
    outlet.write(Buffer.from('abc'));
    outlet.write(Buffer.from('de'));
    expect([outlet.lost, outlet.blocked, socket.bytes.length]).toEqual([5, false, 0]);
  });

  it('needs no confirmation from a socket that tells at once', async () => {
    const { outlet, told } = open();
    outlet.confirm();
    await turn();
    expect([outlet.isIdle, told]).toEqual([true, []]);
  });

  it('lets TLS hold up to 64 KiB, and has it confirm what has left', async () => {
    const { outlet, socket, told } = open(true);
    expect(outlet.direct).toBe(false);
    socket.block();
    outlet.write(Buffer.alloc(64 * KIB));
    expect(outlet.blocked).toBe(false);
    outlet.confirm();
    outlet.confirm();
    expect(outlet.isIdle).toBe(false);
    outlet.write(Buffer.alloc(1));
    expect(outlet.blocked).toBe(true);
    socket.unblock();
    await turn();
    expect(told).toEqual(['blocked', 'left', 'free']);
    expect(outlet.isIdle).toBe(true);
  });

  it('leads elsewhere after it has been let go, with nothing left of before', () => {
    const { outlet, socket } = open();
    socket.end();
    outlet.write(Buffer.from('abc'));
    outlet.release();
    expect(outlet.held).toBe(0);
    const next = new SlowDuplex();
    sockets.push(next);
    outlet.serve(next);
    outlet.write(Buffer.from('de'));
    expect([outlet.lost, next.bytes.toString()]).toEqual([0, 'de']);
  });
});

describe('what is lent to a socket', () => {
  it('is used again once the socket has taken it', async () => {
    const { near, far } = await socketPair();
    const { buffer } = outputArena.bytes;
    writeArena(openOn(near), 'abc');
    expect(outputArena.bytes.buffer).toBe(buffer);
    expect((await new ByteReader(far).read(3)).toString()).toBe('abc');
  });

  it('stays with a socket that still holds it', async () => {
    const { near } = await socketPair();
    const { buffer } = outputArena.bytes;
    near.write(Buffer.alloc(32 * KIB * KIB));
    writeArena(openOn(near), 'abc');
    expect(outputArena.bytes.buffer).not.toBe(buffer);
  });

  it('is a copy for TLS, which reads it later', async () => {
    const { outlet, socket } = open(true);
    const { buffer } = outputArena.bytes;
    socket.block();
    writeArena(outlet, 'abc');
    expect(outputArena.bytes.buffer).toBe(buffer);
    outputArena.bytes.fill(0);
    socket.unblock();
    await turn();
    expect(socket.bytes.toString()).toBe('abc');
  });

  it('is nothing when nothing was written', () => {
    const { outlet, socket } = open();
    outputArena.claim(outlet);
    outlet.writeArena();
    expect(socket.writes).toEqual([]);
  });
});

describe('writeWhole', () => {
  it('says whether the frame was taken; one that meets an ended socket counts as taken', () => {
    const { socket } = open();
    expect(writeWhole(socket, Buffer.from('abc'))).toBe(true);
    socket.block();
    expect(writeWhole(socket, Buffer.from('de'))).toBe(false);
    socket.end();
    expect(writeWhole(socket, Buffer.from('f'))).toBe(true);
  });
});
