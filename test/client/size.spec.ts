// What the client costs a page: minified by esbuild, then gzip. Printed, for a number that nobody sees grows.
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as everything from '../../libs/client/src/index.js';
import * as wire from '../../libs/client/src/wire/wire-events.js';
import { bundleForBrowser } from '../support/client-bundle.js';

/** 6 KiB, of the lean core. */
const MOST = 6_144;
/** Of the wire's own events the core knows these. */
const OF_THE_CORE: string[] = [
  wire.EXCEPTION_EVENT,
  wire.EXPIRING_EVENT,
  wire.REAUTHENTICATE_EVENT,
  wire.PING_EVENT,
  wire.CANCEL_EVENT,
  wire.SHUTDOWN_EVENT,
  wire.REFUSE_EVENT,
];
/** Everything an application calls, beside the two ways to connect. */
const FUNCTIONS = Object.keys(everything).filter((name) => !/^connect|^[A-Z]/.test(name));

const bundle = (...names: string[]): Promise<string> =>
  bundleForBrowser(`export { ${names.join(', ')} } from 'nestwire/client';`);
const packed = (text: string): number => gzipSync(text, { level: 9 }).length;

let core: string;
let all: string;

beforeAll(async () => {
  core = await bundle('connectLean');
  all = await bundle(...Object.keys(everything));
});

describe('the size of the client', () => {
  it(`is at most ${MOST} bytes for the lean core`, () => {
    // Not console.log, which jest would hold back and decorate with a stack.
    process.stderr.write(
      `nestwire/client, minified and gzip: core ${packed(core)} bytes of ${MOST}, everything ${packed(all)}\n`,
    );
    expect(packed(core)).toBeLessThanOrEqual(MOST);
  });

  it('is that of what a page imports: no text of rooms, streams, questions or mail is in the core', () => {
    const events = Object.entries(wire).filter(([name]) => name.endsWith('_EVENT'));
    const others = events
      .map(([, text]) => String(text))
      .filter((text) => !OF_THE_CORE.includes(text));
    expect(others.length).toBeGreaterThan(5);
    for (const text of [...others, 'UNKNOWN_EPOCH', 'TOO_SLOW', 'asyncIterator', 'connections']) {
      expect([text, all.includes(text), core.includes(text)]).toEqual([text, true, false]);
    }
  });

  it.each(FUNCTIONS)('leaves out %s where it is not imported', async (name) => {
    expect((await bundle('connectLean', name)).length).toBeGreaterThan(core.length + 100);
  });

  it('is nothing for a page that imports nothing of it', async () => {
    expect((await bundleForBrowser(`import 'nestwire/client';`)).trim()).toBe('');
  });
});
