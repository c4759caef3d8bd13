import { describe, expect, it } from '@jest/globals';
import { UsageError } from './errors.js';
import {
  DEFAULT_LIMITS,
  WS_LIMITS,
  resolveLimits,
  wsLimits,
  type TransportLimits,
} from './limits.js';

const names = Object.keys(DEFAULT_LIMITS) as (keyof TransportLimits)[];
const numbers = names.filter((name) => typeof DEFAULT_LIMITS[name] === 'number');
const switches = names.filter((name) => typeof DEFAULT_LIMITS[name] === 'boolean');

function resolveWith(name: string, value: unknown): Readonly<TransportLimits> {
  return resolveLimits({ [name]: value });
}

function messageFor(name: string, value: unknown): string {
  try {
    resolveWith(name, value);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('default limits', () => {
  it('are those the documentation promises', () => {
    expect(DEFAULT_LIMITS).toMatchObject({
      maxPayload: 1024 * 1024,
      maxFragments: 1024,
      pingInterval: 25_000,
      pongTimeout: 10_000,
      idleTimeout: 120_000,
      maxLifetime: 0,
      closeTimeout: 5_000,
      sendSoftMark: 64 * 1024,
      sendHardLimit: 1024 * 1024,
      maxQueuedMessages: 1024,
      sendStallTimeout: 10_000,
      sendStallBytes: 0,
      maxFramesPerTurn: 256,
      autoPong: true,
      skipUTF8Validation: false,
    });
  });

  it('have the same names in both sets, and neither can be changed', () => {
    expect(Object.keys(WS_LIMITS)).toEqual(names);
    expect(Object.isFrozen(DEFAULT_LIMITS) && Object.isFrozen(WS_LIMITS)).toBe(true);
  });

  it('are valid themselves', () => {
    expect(resolveLimits({ ...DEFAULT_LIMITS })).toEqual(DEFAULT_LIMITS);
    expect(resolveLimits({ ...WS_LIMITS })).toEqual(WS_LIMITS);
  });
});

describe('resolveLimits', () => {
  it('returns the base itself when nothing is overridden', () => {
    expect(resolveLimits(undefined)).toBe(DEFAULT_LIMITS);
    expect(resolveLimits(undefined, WS_LIMITS)).toBe(WS_LIMITS);
    expect(resolveLimits(DEFAULT_LIMITS)).toBe(DEFAULT_LIMITS);
  });

  it('changes what is overridden and nothing else', () => {
    for (const name of numbers) {
      expect(resolveWith(name, 12_345)).toEqual({ ...DEFAULT_LIMITS, [name]: 12_345 });
    }
    for (const name of switches) {
      const value = !DEFAULT_LIMITS[name];
      expect(resolveWith(name, value)).toEqual({ ...DEFAULT_LIMITS, [name]: value });
    }
  });

  it('takes undefined for left out', () => {
    expect(resolveWith('maxPayload', undefined)).toEqual(DEFAULT_LIMITS);
  });

  it('refuses names it does not know, with the one that was meant', () => {
    const refusal =
      'Cannot use limit maxPayloads: there is none of this name, did you mean maxPayload?';
    expect(() => resolveWith('maxPayloads', 5)).toThrow(new UsageError(refusal));
    expect(() => resolveWith('x', undefined)).toThrow(
      /none of this name, allowed are maxPayload, /,
    );
    expect(() => resolveWith('constructor', 1)).toThrow(UsageError);
  });

  it('gives one frozen object for one object of options', () => {
    const options = { maxPayload: 5 };
    const limits = resolveLimits(options);
    expect(Object.isFrozen(limits)).toBe(true);
    expect(resolveLimits(options)).toBe(limits);
    expect(resolveLimits(limits)).toBe(limits);
    expect(resolveLimits({ maxPayload: 5 })).not.toBe(limits);
  });

  it('keeps apart what the same options mean over different bases', () => {
    const options = { maxFragments: 7 };
    expect(resolveLimits(options)).toEqual({ ...DEFAULT_LIMITS, maxFragments: 7 });
    expect(resolveLimits(options, WS_LIMITS)).toEqual({ ...WS_LIMITS, maxFragments: 7 });
    expect(resolveLimits(options)).toEqual({ ...DEFAULT_LIMITS, maxFragments: 7 });
  });

  it.each(numbers)('refuses for %s what is not a whole number from 0, and names both', (name) => {
    const wrong: unknown[] = ['5', -1, 1.5, NaN, Infinity, -Infinity, null, true, 5n, {}, [], Date];
    for (const value of wrong) {
      const message = messageFor(name, value);
      expect(message).toMatch(/^Cannot use option /);
      expect(message).toContain(`${name}: current value is ${String(value)}`);
    }
  });

  it.each(switches)('refuses for %s what is neither true nor false', (name) => {
    const wrong: unknown[] = ['true', 0, 1, null, {}];
    for (const value of wrong) {
      expect(messageFor(name, value)).toContain(`${name}: current value is ${String(value)}`);
    }
  });

  it('takes 0 for every number but the frames of a turn, without which nothing would move', () => {
    for (const name of numbers.filter((one) => one !== 'maxFramesPerTurn')) {
      expect(resolveWith(name, 0)[name]).toBe(0);
    }
    expect(messageFor('maxFramesPerTurn', 0)).toContain('allowed are whole numbers from 1');
  });

  it('does not remember options it has refused', () => {
    const options = { maxPayload: -1 };
    expect(() => resolveLimits(options)).toThrow(UsageError);
    expect(() => resolveLimits(options)).toThrow(UsageError);
  });
});

describe('wsLimits', () => {
  it('is one object for all who have no limits of their own', () => {
    const none = { maxPayload: undefined, maxFragments: null as never };
    expect(wsLimits({})).toBe(WS_LIMITS);
    expect(wsLimits(none)).toBe(WS_LIMITS);
    expect(wsLimits({ allowSynchronousEvents: true })).toBe(WS_LIMITS);
  });

  it('picks the limits among other options, as they are at that time', () => {
    const options = { maxPayload: 5, path: '/', perMessageDeflate: true };
    const limits = wsLimits(options);
    options.maxPayload = 6;
    expect(limits).toEqual({ ...WS_LIMITS, maxPayload: 5 });
    expect(wsLimits(options).maxPayload).toBe(6);
  });

  it('takes Infinity for no limit, but a turn has to have one', () => {
    expect(wsLimits({ maxPayload: Infinity, maxFragments: Infinity })).toEqual({
      ...WS_LIMITS,
      maxPayload: 0,
      maxFragments: 0,
    });
    expect(() => wsLimits({ maxFramesPerTurn: Infinity })).toThrow(UsageError);
  });

  it('hands out one frame a turn where events are not to be synchronous', () => {
    expect(wsLimits({ allowSynchronousEvents: false })).toEqual({
      ...WS_LIMITS,
      maxFramesPerTurn: 1,
    });
    expect(wsLimits({ allowSynchronousEvents: false, maxFramesPerTurn: 9 }).maxFramesPerTurn).toBe(
      1,
    );
  });
});
