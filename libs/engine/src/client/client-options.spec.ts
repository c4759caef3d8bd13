import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { WS_LIMITS } from '../protocol/limits.js';
import {
  DEFAULT_CLIENT_HANDSHAKE_TIMEOUT,
  resolveClientOptions,
  type ConnectOptions,
} from './client-options.js';

describe("a client's options", () => {
  it('have defaults, and those of ws for the limits', () => {
    const options = resolveClientOptions({});
    expect(options).toMatchObject({
      version: 13,
      maxRedirects: 10,
      handshakeTimeout: DEFAULT_CLIENT_HANDSHAKE_TIMEOUT,
      maxHeaderSize: 16_384,
      deflate: {},
    });
    // One object for all connections without limits of their own.
    expect(options.limits).toBe(WS_LIMITS);
  });

  it('take limits, each time anew', () => {
    const given: ConnectOptions = { maxPayload: 10 };
    expect(resolveClientOptions(given).limits.maxPayload).toBe(10);
    given.maxPayload = 20;
    expect(resolveClientOptions(given).limits.maxPayload).toBe(20);
  });

  it('take null for a limit left out, as ws does', () => {
    const given = { maxPayload: null } as unknown as ConnectOptions;
    expect(resolveClientOptions(given).limits).toBe(WS_LIMITS);
  });

  it('hand out one event in each turn when events are not to be synchronous', () => {
    const { limits } = resolveClientOptions({ allowSynchronousEvents: false });
    expect(limits.maxFramesPerTurn).toBe(1);
    expect(resolveClientOptions({ allowSynchronousEvents: true }).limits).toBe(WS_LIMITS);
  });

  it('offer compression unless told otherwise', () => {
    expect(resolveClientOptions({ perMessageDeflate: false }).deflate).toBe(false);
    expect(resolveClientOptions({ compression: 'disabled' }).deflate).toBe(false);
    expect(resolveClientOptions({ perMessageDeflate: { threshold: 5 } }).deflate).toEqual({
      threshold: 5,
    });
    expect(resolveClientOptions({ maxCompressedSize: 9 }).deflate).toEqual({
      maxCompressedSize: 9,
    });
  });

  it('take the protocol versions 8 and 13', () => {
    expect(resolveClientOptions({ protocolVersion: 8 }).version).toBe(8);
    expect(() => resolveClientOptions({ protocolVersion: 1000 })).toThrow(
      new RangeError('Unsupported protocol version: 1000 (supported versions: 8, 13)'),
    );
  });

  it.each([
    ['followRedirects', 1, '1', 'true and false'],
    ['requireProtocol', 'yes', "'yes'", 'true and false'],
    ['allowSynchronousEvents', 0, '0', 'true and false'],
    ['maxRedirects', -1, '-1', 'whole numbers from 0'],
    ['maxRedirects', 1.5, '1.5', 'whole numbers from 0'],
    ['handshakeTimeout', '5', "'5'", 'whole numbers from 0'],
    ['handshakeTimeout', NaN, 'NaN', 'whole numbers from 0'],
    ['maxHeaderSize', Infinity, 'Infinity', 'whole numbers from 0'],
    ['origin', 5, '5', 'strings'],
    ['socketPath', {}, 'an object', 'strings'],
    ['headers', 'a: b', "'a: b'", 'objects'],
    ['generateMask', true, 'true', 'functions'],
    ['finishRequest', {}, 'an object', 'functions'],
    ['createConnection', 7, '7', 'functions'],
    ['maxPayload', '1', '1', 'whole numbers from 0'],
    ['skipUTF8Validation', 1, '1', 'true and false'],
  ])('refuse %s: %p', (name, value, shown, allowed) => {
    const error = new UsageError(
      `Cannot use option ${name}: current value is ${shown}, allowed are ${allowed}`,
    );
    expect(() => resolveClientOptions({ [name]: value })).toThrow(error);
  });

  it('refuse a compression window there is none of', () => {
    expect(() => resolveClientOptions({ perMessageDeflate: { clientMaxWindowBits: 7 } })).toThrow(
      UsageError,
    );
  });
});
