import { setImmediate as turn } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { acceptOffer } from '../deflate/negotiation.js';
import { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import { parseExtensions } from '../handshake/extension-header.js';
import { Closing } from '../protocol/closing.js';
import { DEFAULT_LIMITS, type TransportLimits } from '../protocol/limits.js';
import { receiveBudget } from '../runtime/memory-budget.js';
import { MessageSender } from '../sending/message-sender.js';
import { rawClosePayload, takeRawFrames, type RawFrame } from '../testing-fixtures/raw-frame.js';
import { framesTo } from '../testing-fixtures/receive.js';
import { RecordingListener } from '../testing-fixtures/recording-listener.js';
import { SlowDuplex } from '../testing-fixtures/slow-duplex.js';
import { borrowReceiver, returnReceiver } from './lent-parts.js';
import { MessageReceiver, type ReceiverOwner } from './message-receiver.js';

/** A connection that does nothing but note what its receiver reports. */
class FakeOwner implements ReceiverOwner {
  readonly listener = new RecordingListener();
  readonly socket = new SlowDuplex();
  readonly told: string[] = [];
  closing: Closing | null = null;
  isPaused = false;
  framesLeft = 256;
  framesPerTurn = 256;

  private readonly sender = new MessageSender(
    this.socket,
    DEFAULT_LIMITS,
    null,
    {
      queueEmptied() {},
      queueBlocked() {},
      sendLimitHit() {},
      messagesDropped() {},
    },
    null,
    false,
  );

  openSender(): MessageSender {
    return this.sender;
  }
  pongReceived(): void {
    this.told.push('pong');
  }
  closeReceived(code: number, reason: string): void {
    this.told.push(`close ${code} ${reason}`);
  }
  receivingFailed(code: number, error: Error): void {
    this.told.push(`failed ${code} ${'code' in error ? String(error.code) : ''}`);
  }
  terminate(): void {
    this.told.push('terminate');
  }
  refillFrames(): void {
    this.framesLeft = this.framesPerTurn;
  }
  turnTaken(receiver: MessageReceiver): void {
    this.told.push('turn');
    if (receiver.pending || receiver.busy) receiver.scheduleTurn();
  }
}

function receiverFor(owner: FakeOwner, limits: Partial<TransportLimits> = {}): MessageReceiver {
  return new MessageReceiver(owner, 'server', { ...DEFAULT_LIMITS, ...limits }, null);
}

function receive(receiver: MessageReceiver, ...frames: RawFrame[]): void {
  const bytes = framesTo('server', ...frames);
  receiver.receive(bytes, bytes.length);
}

describe('MessageReceiver', () => {
  it('hands messages to the listener, and what concerns the connection to its owner', () => {
    const owner = new FakeOwner();
    const receiver = receiverFor(owner);
    receive(
      receiver,
      { opcode: 1, payload: 'text' },
      { opcode: 2, payload: 'bytes' },
      { opcode: 9, payload: 'ping' },
      { opcode: 10 },
      { opcode: 8, payload: rawClosePayload(1000, 'bye') },
    );
    expect(owner.listener.names).toEqual(['text', 'binary', 'ping', 'pong']);
    expect(owner.told).toEqual(['pong', 'close 1000 bye']);
    expect(takeRawFrames(owner.socket.bytes).frames.map(({ opcode }) => opcode)).toEqual([10]);
  });

  it('reports a violation once, with the code the connection is to fail with', () => {
    const owner = new FakeOwner();
    const receiver = receiverFor(owner);
    receive(receiver, { opcode: 3 }, { opcode: 3 });
    receive(receiver, { opcode: 1, payload: 'late' });
    expect(owner.told).toEqual(['failed 1002 WS_ERR_INVALID_OPCODE']);
    expect(owner.listener.names).toEqual([]);
  });

  it('fails with 1011 when the listener throws, and lets its error go on', () => {
    const owner = new FakeOwner();
    const thrown = new Error('from the listener');
    owner.listener.react = () => {
      throw thrown;
    };
    expect(() => receive(receiverFor(owner), { opcode: 1, payload: 'x' })).toThrow(thrown);
    expect(owner.told).toEqual(['failed 1011 WS_ERR_LISTENER']);
  });

  it('answers no ping and hands out no data once we close with messages held back (5.5.2)', () => {
    const owner = new FakeOwner();
    owner.closing = new Closing('server');
    owner.closing.close(rawClosePayload(1000), true);
    receive(receiverFor(owner), { opcode: 1, payload: 'x' }, { opcode: 2 }, { opcode: 9 });
    expect(owner.listener.names).toEqual(['ping']);
    expect(owner.socket.writes).toEqual([]);
  });

  it('goes on with what the frame budget left over when its turn comes', async () => {
    const owner = new FakeOwner();
    owner.framesLeft = owner.framesPerTurn = 1;
    const receiver = receiverFor(owner, { maxFramesPerTurn: 1 });
    receive(receiver, { opcode: 1, payload: 'a' }, { opcode: 1, payload: 'b' });
    expect([owner.listener.texts, receiver.pending]).toEqual([['a'], true]);
    receiver.scheduleTurn();
    receiver.scheduleTurn();
    await turn();
    expect([owner.listener.texts, receiver.pending, owner.told]).toEqual([
      ['a', 'b'],
      false,
      ['turn'],
    ]);
  });

  it('lets a turn pass while paused, and once nothing counts any more', async () => {
    const owner = new FakeOwner();
    owner.framesLeft = owner.framesPerTurn = 1;
    const receiver = receiverFor(owner, { maxFramesPerTurn: 1 });
    receive(receiver, { opcode: 1, payload: 'a' }, { opcode: 1, payload: 'b' });
    owner.isPaused = true;
    receiver.scheduleTurn();
    await turn();
    owner.isPaused = false;
    owner.closing = new Closing('server');
    owner.closing.terminate();
    receiver.scheduleTurn();
    await turn();
    expect([owner.listener.texts, owner.told]).toEqual([['a'], ['turn', 'turn']]);
  });

  it('counts half a message in the budget of the process until it is ended', () => {
    const receiver = receiverFor(new FakeOwner());
    receive(receiver, { opcode: 1, fin: false, payload: 'half' });
    expect([receiveBudget.used, receiver.isIdle]).toEqual([4, false]);
    receiver.end();
    expect([receiveBudget.used, receiver.isIdle]).toEqual([0, false]);
  });

  it('A10. inflates what it has begun before others begin, however many send bombs', async () => {
    const zeros = Buffer.alloc(DEFAULT_LIMITS.maxPayload);
    const bomb = { opcode: 2, rsv: 4, payload: deflateRawSync(zeros) };
    const agreement = acceptOffer(parseExtensions('permessage-deflate')!, {})!;
    const all = Array.from({ length: 40 }, () => {
      const owner = new FakeOwner();
      const deflate = new PerMessageDeflate('server', agreement, {}, DEFAULT_LIMITS.maxPayload);
      const receiver = new MessageReceiver(owner, 'server', DEFAULT_LIMITS, deflate);
      receive(receiver, bomb, bomb);
      receiver.scheduleTurn();
      return { owner, deflate };
    });
    let most = 0;
    while (all.some(({ owner }) => owner.listener.calls.length < 2)) {
      await turn();
      most = Math.max(most, receiveBudget.used);
    }
    // A quarter of each that waits, and 10 whole ones: when all go on at a time they are 40 in the end.
    expect(most).toBeLessThan(18 * zeros.length);
    for (const { owner, deflate } of all) {
      for (const call of owner.listener.calls) {
        expect(call.name === 'binary' && call.payload.equals(zeros)).toBe(true);
      }
      deflate.end();
    }
  });

  it.each([9, 10])(
    'hands out the payload of opcode %i to be kept, to who hears of it',
    (opcode) => {
      const [hears, ignores] = [new FakeOwner(), new FakeOwner()];
      Object.assign(ignores.listener, { hearsPings: false, hearsPongs: false });
      for (const owner of [hears, ignores]) {
        const chunk = framesTo('server', { opcode, payload: 'kept' });
        receiverFor(owner).receive(chunk, chunk.length);
        chunk.fill(0);
      }
      expect(hears.listener.calls).toEqual([
        { name: opcode === 9 ? 'ping' : 'pong', payload: Buffer.from('kept') },
      ]);
      expect(ignores.listener.calls).toEqual([]);
      expect(ignores.told).toEqual(opcode === 9 ? [] : ['pong']);
    },
  );

  it('A6. takes no memory for pings and pongs that nobody hears of, of a peer that reads none', async () => {
    const owner = new FakeOwner();
    Object.assign(owner.listener, { hearsPings: false, hearsPongs: false });
    const receiver = receiverFor(owner);
    const sender = owner.openSender();
    owner.socket.block();
    sender.text('what it does not read', false);
    await turn();
    expect(sender.queue.blocked).toBe(true);
    const payload = Buffer.alloc(125);
    const frames = [9, 10].map((opcode) => framesTo('server', { opcode, payload }));
    const chunk = Buffer.concat(Array.from({ length: 60 }, () => frames).flat());
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let round = 0; round < 1_000; round++) {
      owner.refillFrames();
      // The same bytes each time, of which the mask is taken off and put on again.
      receiver.receive(chunk, chunk.length);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    // A copy of each would be 15 MB.
    expect(most).toBeLessThan(1_000_000);
    expect(owner.listener.calls).toEqual([]);
  });

  it('goes back to the pool between two messages only, and serves another connection then', async () => {
    const first = new FakeOwner();
    const receiver = borrowReceiver(first, 'server', DEFAULT_LIMITS, null);
    receive(receiver, { opcode: 1, fin: false, payload: 'half' });
    expect(returnReceiver(receiver)).toBe(false);
    receive(receiver, { opcode: 0, payload: ' a message' });
    receiver.scheduleTurn();
    expect(returnReceiver(receiver)).toBe(false);
    await turn();
    expect(returnReceiver(receiver)).toBe(true);

    const frames: number[] = [];
    const second = new FakeOwner();
    Object.assign(second.listener, {
      onFrame: (_fin: boolean, _rsv: number, opcode: number) => frames.push(opcode),
    });
    expect(borrowReceiver(second, 'server', DEFAULT_LIMITS, null)).toBe(receiver);
    receive(receiver, { opcode: 1, payload: 'as a frame' });
    expect([first.listener.texts, second.listener.texts, frames]).toEqual([
      ['half a message'],
      [],
      [1],
    ]);
    expect(returnReceiver(receiver)).toBe(false);
    receiver.end();
  });
});
