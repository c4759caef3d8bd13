import { describe, expect, it } from '@jest/globals';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { resolveOptions } from './ws-options.resolver.js';
import type { WsModuleOptions } from './ws-options.interface.js';

describe('resolveOptions', () => {
  it('fills in every default', () => {
    expect(resolveOptions()).toEqual({
      prefix: undefined,
      ownPort: undefined,
      allowedOrigins: undefined,
      compression: false,
      session: {},
      codecs: {},
      limits: {},
      handshakeTimeout: 10_000,
      concurrency: 1,
      queueSize: 64,
      queueBytes: 262_144,
      timeout: 0,
      maxRoomsPerConnection: 1_000,
      shutdown: { code: 1001, reason: 'Server is shutting down', deadline: 30_000 },
      useGlobalGuards: true,
      useGlobalPipes: true,
      useGlobalInterceptors: true,
      useGlobalFilters: true,
    });
  });

  it('keeps what is set, an empty prefix too', () => {
    const options: WsModuleOptions = {
      prefix: '',
      limits: { maxPayload: 0 },
      shutdown: { code: 4999, reason: 'x'.repeat(123), deadline: 1 },
      useGlobalFilters: false,
    };
    expect(resolveOptions(options)).toMatchObject(options);
  });

  it.each<[keyof WsModuleOptions, unknown, unknown]>([
    ['handshakeTimeout', 1, 0],
    ['handshakeTimeout', 2 ** 31 - 1, 2 ** 31],
    ['concurrency', 1, 0],
    ['concurrency', 2, 1.5],
    ['queueSize', 1, 0],
    ['queueBytes', 1, 0],
    ['timeout', 0, -1],
    ['maxRoomsPerConnection', 1, -1],
    ['prefix', 'api', 5],
    ['port', 0, -1],
    ['codecs', { v1: 'msgpack' }, { v1: 'xml' }],
    ['session', { notice: 0 }, { notice: -1 }],
    ['session', { expiresAt: () => 1 }, { expiresAt: 1 }],
    ['session', {}, { expiry: 1 }],
    ['port', 65_535, 65_536],
    ['allowedOrigins', ['https://example.com'], ['https://example.com/chat']],
    ['allowedOrigins', '*', 'https://example.com'],
    ['useGlobalFilters', true, 'yes'],
    ['useGlobalGuards', false, 0],
    ['useGlobalPipes', false, 'no'],
    ['useGlobalInterceptors', false, null],
    ['limits', { pingInterval: 0 }, { pingInterval: -1 }],
    ['limits', { maxFramesPerTurn: 1 }, { maxFramesPerTurn: 0 }],
    ['limits', {}, { maxPayLoad: 1 }],
    ['shutdown', { code: 1000 }, { code: 1002 }],
    ['shutdown', { code: 1012 }, { code: 1005 }],
    ['shutdown', { code: 3000 }, { code: 2999 }],
    ['shutdown', { code: 4999 }, { code: 5000 }],
    ['shutdown', { reason: 'é'.repeat(61) }, { reason: 'é'.repeat(62) }],
    ['shutdown', { deadline: 1 }, { deadline: Number.NaN }],
    ['shutdown', {}, { dealine: 1 }],
    ['shutdown', { notice: false }, { notice: 'no' }],
    ['shutdown', { grace: 0 }, { grace: -1 }],
    ['shutdown', { batchSize: 1 }, { batchSize: 0 }],
    ['shutdown', { batchInterval: 0 }, { batchInterval: 0.5 }],
    ['shutdown', { reconnect: { after: 0, within: 0 } }, { reconnect: { after: '1s' } }],
    ['shutdown', { reconnect: { within: 1 } }, { reconnect: { within: -1 } }],
    ['shutdown', { reconnect: {} }, { reconnect: { afer: 1 } }],
    ['shutdown', { reconnect: {} }, { reconnect: 500 }],
  ])('takes %s %j and refuses %j by name', (option, good, bad) => {
    expect(() => resolveOptions({ [option]: good })).not.toThrow();
    expect(() => resolveOptions({ [option]: bad })).toThrow(WsConfigurationError);
    expect(() => resolveOptions({ [option]: bad })).toThrow(option);
  });

  it.each<WsModuleOptions>([{ host: '127.0.0.1' }, { tls: {} }])(
    'refuses %j without a port: the server of the application has its own',
    (options) => {
      expect(() => resolveOptions(options)).toThrow('WsModule option port');
      expect(resolveOptions({ port: 0, ...options }).ownPort).toMatchObject({
        port: 0,
        ...options,
      });
    },
  );
});
