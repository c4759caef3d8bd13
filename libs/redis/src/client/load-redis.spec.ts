import { expect, it, jest } from '@jest/globals';

it('names the package to install when it is missing', async () => {
  jest.unstable_mockModule('redis', () => {
    throw new Error("Cannot find package 'redis'");
  });
  const { redisBroker } = await import('../redis-broker.js');
  const host = { node: '0123456789abcdef', received: () => {}, closed: () => {} };
  await expect(redisBroker({ app: 'chat' }).open(host)).rejects.toMatchObject({
    code: 'WS_ERR_MISSING_PACKAGE',
    message:
      'Cannot use redisBroker: the package redis 6 or later is not installed; install it, or hand over an ioredis client as option client',
  });
});
