import { expect, it, jest } from '@jest/globals';
import type { GatewayRoute } from './gateway-route.js';

it('without the package of MessagePack only JSON is spoken, unless a path asks for it', async () => {
  jest.unstable_mockModule('@msgpack/msgpack', () => {
    throw new Error("Cannot find package '@msgpack/msgpack'");
  });
  const { codecsOf } = await import('./codecs.js');
  const route = { path: { pattern: '/' }, options: {}, protocols: [] } as unknown as GatewayRoute;
  const { versions, codecFor } = await codecsOf(route, {});
  expect(versions).toEqual(['nestwire.1']);
  expect(codecFor('nestwire.1').name).toBe('json');
  const asking = { ...route, protocols: ['nestwire.1.msgpack'] };
  await expect(codecsOf(asking, {})).rejects.toThrow('@msgpack/msgpack 3.1 or later');
  await expect(codecsOf(route, { 'nestwire.1.msgpack': 'msgpack' })).rejects.toThrow(
    '@msgpack/msgpack 3.1 or later',
  );
});
