import { Inflater } from '../../../libs/engine/src/deflate/inflater.js';
import { isSendableCloseCode } from '../../../libs/engine/src/protocol/close-code.js';
import { DEFAULT_LIMITS, type TransportLimits } from '../../../libs/engine/src/protocol/limits.js';
import { Protocol, type Role } from '../../../libs/engine/src/protocol/protocol.js';
import {
  RecordingSink,
  type SinkCall,
} from '../../../libs/engine/src/testing-fixtures/recording-sink.js';
import type { Random } from '../../support/random.js';
import { naiveReceive } from '../support/naive-receiver.js';
import { frameStream } from '../support/streams.js';
import { check, type Target } from '../support/target.js';

const VIOLATIONS = [1002, 1007, 1008, 1009];

/** All that is reported of the bytes, cut as told. */
function received(
  role: Role,
  limits: TransportLimits,
  inflater: Inflater | null,
  bytes: Buffer,
  cuts: readonly number[],
): readonly SinkCall[] {
  const sink = new RecordingSink();
  const protocol = new Protocol(role, limits, sink, inflater);
  const mine = Buffer.from(bytes);
  let at = 0;
  for (const size of cuts) {
    protocol.receive(mine.subarray(at, at + size));
    // The chunk was lent: whatever is kept of it has been copied by now.
    mine.fill(0xee, at, at + size);
    at += size;
    for (let turns = 0; protocol.pending; turns++) {
      check(turns < 100_000, 'It does not come to an end');
      protocol.resume();
    }
  }
  const { heldBytes } = protocol;
  const most = limits.maxPayload > 0 ? limits.maxPayload : Infinity;
  check(heldBytes <= most, `It holds ${heldBytes} bytes, more than a message may have`);
  protocol.end();
  return sink.calls;
}

/**
 * What is compared of compressed messages: of one that inflates to too much and to no UTF-8 either may be
 * told, by which of both comes first in a step.
 */
function inOneWord(calls: readonly SinkCall[]): string {
  return JSON.stringify(
    calls.map((call) => {
      const [name, code] = call;
      return name === 'violated' && (code === 1007 || code === 1009) ? 'spoilt' : call;
    }),
  );
}

/** The receiving half of a connection: the same of any chunks, and the same as its naive twin. */
export const frames: Target = {
  name: 'frames',

  generate: (random) => frameStream(random, random.chance(0.5), random.chance(0.3)),

  run(bytes: Buffer, random: Random): void {
    // What most inputs are made for: the first frame tells, as far as it is right.
    const masked = random.chance(0.95) ? (bytes[1] ?? 0) >= 128 : random.chance(0.5);
    const role = masked ? 'server' : 'client';
    const compressed = random.chance(0.4);
    const takeover = random.chance(0.5);
    const limits = {
      ...DEFAULT_LIMITS,
      maxPayload: random.pick([0, 20, 1000, 1024 * 1024]),
      maxFrame: random.pick([0, 0, 100]),
      maxFragments: random.pick([0, 2, 1024]),
      maxBufferedChunks: 0,
      requireMinimalLength: random.chance(0.3),
      skipUTF8Validation: random.chance(0.2),
      maxFramesPerTurn: random.pick([1, 3, 256]),
    };
    // Bombs are the inflater's: without a limit they would only take time here.
    if (compressed && limits.maxPayload === 0) limits.maxPayload = 1024 * 1024;
    const create = () => (compressed ? new Inflater(takeover, 15) : null);
    const calls = received(role, limits, create(), bytes, random.cuts(bytes.length));
    const whole = received(role, limits, create(), bytes, bytes.length > 0 ? [bytes.length] : []);
    const text = compressed ? inOneWord : JSON.stringify;
    const same = text(calls) === text(whole);
    check(same, `Chunks matter: ${JSON.stringify([calls, whole])}`);

    for (const [index, [name, detail]] of calls.entries()) {
      const last = index === calls.length - 1;
      if (name === 'violated')
        check(last && VIOLATIONS.includes(Number(detail)), `Violated ${detail}`);
      else if (name === 'close') {
        check(last && (detail === 1005 || isSendableCloseCode(Number(detail))), `Closed ${detail}`);
      }
    }
    if (compressed) return;
    const naive = naiveReceive(bytes, { ...limits, masked });
    const found = calls.map(([name, detail, reason]) =>
      name === 'close' ? [name, detail, reason] : [name, detail],
    );
    check(
      JSON.stringify(found) === JSON.stringify(naive),
      `The naive twin hears ${JSON.stringify(naive)}, the engine ${JSON.stringify(found)}`,
    );
  },
};
