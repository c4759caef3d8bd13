import { describe, expect, it } from '@jest/globals';
import { connectionCompression, connectionLimits } from './connection-limits.js';
import { CLIENT_DEFAULTS, SERVER_DEFAULTS, withDefaults, type ConnectionConfig } from './config.js';

describe('options', () => {
  it('are filled in with defaults, also where they are undefined', () => {
    const config = withDefaults(SERVER_DEFAULTS, { closeTimeout: undefined, keepalive: false });
    expect(config).toEqual({ ...SERVER_DEFAULTS, keepalive: false });
    expect(withDefaults(CLIENT_DEFAULTS, {})).toEqual(CLIENT_DEFAULTS);
  });

  it('let a message be as large as a frame where only that is given', () => {
    const size = 5_000_000;
    expect(withDefaults(SERVER_DEFAULTS, { maxReceivedFrameSize: size })).toMatchObject({
      maxReceivedMessageSize: size,
    });
    const both = { maxReceivedFrameSize: size, maxReceivedMessageSize: 1000 };
    expect(withDefaults(SERVER_DEFAULTS, both)).toMatchObject(both);
  });

  it.each<[string, ConnectionConfig]>([
    ['fragmentationThreshold', { fragmentationThreshold: 0 }],
    ['fragmentationThreshold', { fragmentationThreshold: Number.NaN }],
    ['keepaliveInterval', { keepaliveInterval: 0 }],
    ['keepaliveGracePeriod', { keepaliveGracePeriod: -1 }],
    ['maxSendQueueSize', { maxSendQueueSize: -1 }],
    ['handshakeTimeout', { handshakeTimeout: -1 }],
  ])('refuse %s of %j', (name, given) => {
    expect(() => withDefaults(SERVER_DEFAULTS, given)).toThrow(`Cannot use option ${name}`);
  });

  it('need keepaliveInterval with keepalive at a client', () => {
    expect(() => withDefaults(CLIENT_DEFAULTS, { keepalive: true })).toThrow(/keepaliveInterval/);
  });
});

describe('the limits of a connection', () => {
  it('are those of the options, made once for all its connections', () => {
    const config = withDefaults(SERVER_DEFAULTS, {
      closeTimeout: 7,
      limits: { maxFragments: 3, autoPong: true },
    });
    const limits = connectionLimits(config);
    expect(limits).toMatchObject({
      maxFrame: 65_536,
      maxPayload: 1_048_576,
      closeTimeout: 7,
      maxFragments: 3,
      autoPong: false,
    });
    expect(connectionLimits(config)).toBe(limits);
  });

  it('take Infinity for none', () => {
    const config = { maxReceivedFrameSize: Infinity, maxReceivedMessageSize: Infinity };
    expect(connectionLimits(config)).toMatchObject({ maxFrame: 0, maxPayload: 0 });
  });

  it('include no compression, unless asked for and frames are not handed out', () => {
    expect(connectionCompression({})).toBe(false);
    expect(connectionCompression({ perMessageDeflate: true })).toEqual({});
    expect(connectionCompression({ perMessageDeflate: { threshold: 5 } })).toEqual({
      threshold: 5,
    });
    const frames = { perMessageDeflate: true, assembleFragments: false };
    expect(connectionCompression(frames)).toBe(false);
  });
});
