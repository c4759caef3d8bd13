import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openOnSlowDuplex, openTransport } from '../testing-fixtures/open-transport.js';
import { TEST_MASK, rawFrame } from '../testing-fixtures/raw-frame.js';
import { PreparedMessage } from '../sending/prepared-message.js';
import type { SocketTransport } from './socket-transport.js';
import { SendResult } from '../sending/send-result.js';
import { closeSocketPairs } from '../testing-fixtures/socket-pair.js';

afterEach(closeSocketPairs);

/** One connection's messages: whole, in fragments, with pings between them. */
const conversation = fc.array(
  fc.record({
    text: fc.string({ maxLength: 40 }),
    fragments: fc.integer({ min: 1, max: 3 }),
    ping: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Message {
  readonly text: string;
  readonly fragments: number;
  readonly ping: boolean;
}

function framesOf({ text, fragments, ping }: Message): Buffer {
  const bytes = Buffer.from(text);
  const size = Math.ceil(bytes.length / fragments);
  const frames = Array.from({ length: fragments }, (_, index) => {
    const payload = bytes.subarray(index * size, (index + 1) * size);
    return rawFrame({
      opcode: index === 0 ? 1 : 0,
      fin: index === fragments - 1,
      payload,
      mask: TEST_MASK,
    });
  });
  if (ping) frames.splice(1, 0, rawFrame({ opcode: 9, payload: 'p', mask: TEST_MASK }));
  return Buffer.concat(frames);
}

describe('connections that lend each other their parsers and senders', () => {
  it('each receive their own messages, whatever the order in which bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(conversation, { minLength: 2, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 30 })), { maxLength: 60 }),
        (conversations, steps) => {
          const peers = conversations.map((messages) => ({
            ...openOnSlowDuplex(),
            messages,
            stream: Buffer.concat(messages.map(framesOf)),
            at: 0,
          }));
          const step = (index: number, size: number): void => {
            const peer = peers[index % peers.length]!;
            const chunk = Buffer.from(peer.stream.subarray(peer.at, peer.at + size));
            peer.at += chunk.length;
            if (chunk.length > 0) peer.transport.received(chunk, chunk.length);
            chunk.fill(0xee);
          };
          for (const [index, size] of steps) step(index, size);
          for (let index = 0; index < peers.length; index++) step(index, Infinity);
          for (const { listener, messages, sent, transport } of peers) {
            expect(listener.texts).toEqual(messages.map(({ text }) => text));
            const pongs = sent().map(({ opcode }) => opcode);
            expect(pongs).toEqual(messages.filter(({ ping }) => ping).map(() => 10));
            transport.terminate();
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keep a sender while anything waits in it', async () => {
    const slow = openOnSlowDuplex();
    const other = openOnSlowDuplex();
    slow.socket.block();
    slow.receive({ opcode: 9, payload: 'first' });
    slow.transport.sendText('waits');
    other.receive({ opcode: 9, payload: 'other' });
    other.transport.sendText('leaves');
    expect(slow.transport.bufferedAmount).toBeGreaterThan(0);
    slow.socket.unblock();
    await new Promise((resolve) => setImmediate(resolve));
    expect(slow.sent().map(({ payload }) => String(payload))).toEqual(['first', 'waits']);
    slow.transport.terminate();
    other.transport.terminate();
  });

  it('send what several of them are sent in one turn, each its own', async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, () => openTransport()));
    for (let round = 0; round < 3; round++) {
      pairs.forEach(({ transport }, index) => void transport.sendText(`${index}.${round}`));
    }
    const frames = await Promise.all(pairs.map(({ peer }) => peer.frames(3)));
    frames.forEach((received, index) => {
      expect(received.map(({ payload }) => String(payload))).toEqual(
        [0, 1, 2].map((round) => `${index}.${round}`),
      );
    });
  });

  it('keep the order of a shared message and what is sent before and after it', async () => {
    const shared = PreparedMessage.text('shared');
    const orders: ((transport: SocketTransport) => void)[][] = [
      [(one) => one.sendPrepared(shared), (one) => one.sendText('after')],
      [(one) => one.sendText('before'), (one) => one.sendPrepared(shared)],
      [(one) => one.sendPrepared(shared), (one) => one.sendPrepared(shared)],
      [(one) => one.sendPrepared(shared), (one) => one.close(1000, 'bye')],
    ];
    const expected = [['shared', 'after'], ['before', 'shared'], ['shared', 'shared'], ['shared']];
    for (const [index, sends] of orders.entries()) {
      const { transport, peer } = await openTransport();
      for (const send of sends) send(transport);
      const frames = await peer.frames(2);
      const texts = frames.filter(({ opcode }) => opcode === 1);
      expect(texts.map(({ payload }) => String(payload))).toEqual(expected[index]);
      transport.terminate();
    }
  });

  it('count a shared message as waiting until it has left, and send it before a FIN', async () => {
    const { transport, socket, sent } = openOnSlowDuplex();
    const shared = PreparedMessage.text('shared');
    expect(transport.sendPrepared(shared)).toBe(SendResult.Sent);
    expect(transport.bufferedAmount).toBe(shared.frame.length);
    expect(socket.writes).toEqual([]);
    transport.socketEnded();
    expect(sent().map(({ payload }) => String(payload))).toEqual(['shared']);
    expect(transport.bufferedAmount).toBe(0);
    expect(socket.writableEnded).toBe(true);
    transport.terminate();
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writes).toHaveLength(1);
  });

  it('have a shared message wait like any other where the peer does not read', async () => {
    const { transport, listener, socket } = openOnSlowDuplex({ sendSoftMark: 1 });
    socket.block();
    const shared = PreparedMessage.text('shared');
    transport.sendPrepared(shared);
    await new Promise((resolve) => setImmediate(resolve));
    expect(transport.sendPrepared(shared)).toBe(SendResult.Queued);
    expect(transport.bufferedAmount).toBe(2 * shared.frame.length);
    socket.unblock();
    await listener.until(() => listener.names.includes('drain'));
    expect(socket.bytes.equals(Buffer.concat([shared.frame, shared.frame]))).toBe(true);
    transport.terminate();
  });

  it('encode large texts in memory of others that have left, never of one that waits', async () => {
    const peers = Array.from({ length: 3 }, () => openOnSlowDuplex());
    const texts = peers.map(() => [] as string[]);
    const send = (index: number, letter: string, length: number): void => {
      const text = letter.repeat(length);
      texts[index]!.push(text);
      peers[index]!.transport.sendText(text);
    };
    send(0, 'a', 100_000);
    peers[1]!.socket.block();
    for (const letter of 'bcdef') {
      send(0, letter, 100_000);
      send(1, letter.toUpperCase(), 100_000);
      send(2, letter, 300_000);
    }
    peers[1]!.socket.unblock();
    send(1, 'z', 70_000);
    while (peers[1]!.transport.bufferedAmount > 0) await new Promise(setImmediate);
    for (const [index, { sent, transport }] of peers.entries()) {
      const received = sent().map(({ payload }) => payload.toString());
      // Compared here, for a difference of megabytes is no message.
      expect(received.map((text, at) => text === texts[index]![at])).toEqual(
        texts[index]!.map(() => true),
      );
      transport.terminate();
    }
  });

  it('go on where one of them has failed in the middle of a message', () => {
    const broken = openOnSlowDuplex();
    const sound = openOnSlowDuplex();
    sound.receive({ opcode: 1, fin: false, payload: 'one ' });
    broken.receive({ opcode: 1, fin: false, payload: 'x' }, { opcode: 1, payload: 'y' });
    expect(broken.listener.errorCodes).toEqual(['WS_ERR_INVALID_OPCODE']);
    sound.receive({ opcode: 0, payload: 'message' });
    const later = openOnSlowDuplex();
    later.receive({ opcode: 1, payload: 'whole' });
    broken.receive({ opcode: 1, payload: 'deaf' });
    expect(sound.listener.texts).toEqual(['one message']);
    expect(later.listener.texts).toEqual(['whole']);
    expect(broken.listener.texts).toEqual([]);
    for (const { transport } of [broken, sound, later]) transport.terminate();
  });
});
