import { describe, expect, it } from '@jest/globals';
import { UsageError } from '#engine';
import { encodeEnvelope } from './codec.js';
import { EncodeError } from './encode-error.js';
import { jsonCodec } from './json.codec.js';

describe('encodeEnvelope', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  let deep: unknown = 1;
  for (let level = 0; level < 200_000; level++) deep = [deep];
  const thrower = {
    toJSON() {
      // oxlint-disable-next-line no-throw-literal -- anything can be thrown
      throw 'no reason';
    },
  };

  it.each([
    ['a cycle', cycle],
    ['a BigInt', 1n],
    ['nesting 200,000 levels deep', deep],
    ['nesting one level too deep', JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`)],
    ['a toJSON that throws', thrower],
  ])('turns %s into an EncodeError that names the event and keeps the cause', (_, data) => {
    let caught: unknown;
    try {
      encodeEnvelope(jsonCodec, { event: 'say', data });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EncodeError);
    expect(caught).toBeInstanceOf(UsageError);
    expect((caught as EncodeError).code).toBe('WS_ERR_ENCODE');
    expect((caught as EncodeError).message).toMatch(/^Cannot encode data of event "say": /);
    expect((caught as EncodeError).cause).toBeDefined();
  });
});
