import { expect, it, jest } from '@jest/globals';

it('names the package to install when it is missing', async () => {
  jest.unstable_mockModule('@msgpack/msgpack', () => {
    throw new Error("Cannot find package '@msgpack/msgpack'");
  });
  const { loadMsgpackCodec } = await import('./msgpack.codec.js');
  await expect(loadMsgpackCodec()).rejects.toMatchObject({
    code: 'WS_ERR_MISSING_PACKAGE',
    message: 'Cannot use codec msgpack: the package @msgpack/msgpack 3.1 or later is not installed',
  });
});
