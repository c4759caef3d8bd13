import { createHash } from 'node:crypto';
import { Inflater } from '../../../libs/engine/src/deflate/inflater.js';
import { deflated, payloadOf } from '../support/streams.js';
import type { Random } from '../../support/random.js';
import { check, type Target } from '../support/target.js';

/** Bytes of one step at most, and how many of them a message may take here. */
const STEP = 64 * 1024;
const MOST = 16 * 1024 * 1024;
const AFTER = `5 ${createHash('md5').update('after').digest('hex')}`;

/** What comes of the bytes: its length and its hash, null when they are corrupt. */
function inflated(inflater: Inflater, bytes: Buffer, cuts: readonly number[]): string | null {
  const hash = createHash('md5');
  let length = 0;
  let at = 0;
  for (const [index, size] of cuts.entries()) {
    inflater.feed(Buffer.from(bytes.subarray(at, at + size)), index === cuts.length - 1);
    at += size;
    for (;;) {
      const output = inflater.next();
      if (output === null) return null;
      if (output.length === 0) break;
      check(output.length <= STEP, `A step gives ${output.length} bytes`);
      length += output.length;
      hash.update(output);
      if (length > MOST) return 'large';
    }
  }
  return `${length} ${hash.digest('hex')}`;
}

/** What a peer calls compressed: never a throw, the same in any pieces, and nothing of other messages. */
export const inflate: Target = {
  name: 'inflate',

  generate: (random) => deflated(payloadOf(random), random),

  run(bytes: Buffer, random: Random): void {
    const takeover = random.chance(0.5);
    const windowBits = random.pick([8, 9, 10, 15, 15, 15]);
    const first = new Inflater(takeover, windowBits);
    const second = new Inflater(takeover, windowBits);
    const found = inflated(first, bytes, random.cuts(bytes.length));
    const whole = inflated(second, bytes, [bytes.length]);
    // A distance beyond the window is refused only where zlib has not its output at hand.
    const inWindow = !takeover || windowBits === 15;
    const both = found !== 'large' && whole !== 'large' && bytes.length > 0 && inWindow;
    if (both) check(found === whole, `Pieces matter: ${found} and ${whole}`);
    first.end();
    second.end();
    // A state that another connection spoilt serves nobody.
    const other = new Inflater(false, 15);
    const text = inflated(other, deflated(Buffer.from('after'), random), [0, 1e6]);
    check(text === AFTER, `Another message became ${text}`);
    other.end();
  },
};
