import { constants, createDeflateRaw } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ZlibHandle, hasSyncBinding } from './zlib-handle.js';

const HELLO = Buffer.from('f248cdc9c907000000ffff', 'hex');

const good = () => createDeflateRaw() as unknown as Record<string, object>;
/** A handle that lacks one of its methods. */
const handle = (without: string): object => {
  const { _handle } = good();
  return { ..._handle, writeSync() {}, reset() {}, close() {}, [without]: undefined };
};

describe("the check for Node's synchronous zlib binding", () => {
  it('finds it in this Node', () => {
    expect(hasSyncBinding()).toBe(true);
  });

  it.each([
    [
      'the stream cannot be made',
      () => {
        throw new Error('No zlib');
      },
    ],
    ['there is no stream', () => undefined],
    ['it has no handle', () => ({ _handle: null, _writeState: new Uint32Array(2) })],
    ['the handle has moved', () => ({ _writeState: new Uint32Array(2) })],
    ['the handle cannot write synchronously', () => ({ ...good(), _handle: handle('writeSync') })],
    [
      'the handle cannot be reset',
      () => ({ _handle: handle('reset'), _writeState: new Uint32Array(2) }),
    ],
    [
      'the handle cannot be closed',
      () => ({ _handle: handle('close'), _writeState: new Uint32Array(2) }),
    ],
    [
      'the write state is no typed array',
      () => ({ _handle: good()['_handle'], _writeState: [0, 0] }),
    ],
    [
      'the write state is too short',
      () => ({ _handle: good()['_handle'], _writeState: new Uint32Array(1) }),
    ],
  ])('says no when %s', (_what, deflater) => {
    expect(hasSyncBinding(deflater)).toBe(false);
  });
});

describe('a zlib handle', () => {
  it('tells how much it took and how much it made', () => {
    const inflate = ZlibHandle.inflate(15);
    const output = Buffer.alloc(3);
    expect(inflate.write(constants.Z_SYNC_FLUSH, HELLO, 0, HELLO.length, output, 0)).toBe(true);
    expect([output.toString(), inflate.availableOut]).toEqual(['Hel', 0]);
    inflate.close();
  });

  it('writes from and to where it is told', () => {
    const inflate = ZlibHandle.inflate(15);
    const output = Buffer.alloc(10, '-');
    const input = Buffer.concat([Buffer.from('junk'), HELLO]);
    inflate.write(constants.Z_SYNC_FLUSH, input, 4, HELLO.length, output, 2);
    expect([output.toString(), inflate.availableIn, inflate.availableOut]).toEqual([
      '--Hello---',
      0,
      3,
    ]);
    inflate.close();
  });

  it('says what is wrong with its input, and is as new after a reset', () => {
    const inflate = ZlibHandle.inflate(15);
    const output = Buffer.alloc(10);
    expect(inflate.write(constants.Z_SYNC_FLUSH, Buffer.from([7]), 0, 1, output, 0)).toBe(false);
    expect(inflate.fault).toBe('invalid block type');
    inflate.reset();
    expect(inflate.fault).toBeNull();
    expect(inflate.write(constants.Z_SYNC_FLUSH, HELLO, 0, HELLO.length, output, 0)).toBe(true);
    inflate.close();
  });
});
