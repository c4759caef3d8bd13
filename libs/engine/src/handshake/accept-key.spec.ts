import { describe, expect, it, jest } from '@jest/globals';
import crypto from 'node:crypto';
import * as fc from 'fast-check';
import { acceptKey } from './accept-key.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

describe('acceptKey', () => {
  it('answers the key of RFC 6455 1.3 as the RFC does', () => {
    expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('is the base64 of the SHA-1 of key and GUID for every key', () => {
    fc.assert(
      fc.property(fc.base64String(), (key) => {
        const digest = crypto.createHash('sha1').update(key).update(GUID).digest('base64');
        expect(acceptKey(key)).toBe(digest);
      }),
    );
  });

  it('gives the same answer on a runtime without the one-shot hash', async () => {
    const { createHash } = crypto;
    await jest.isolateModulesAsync(async () => {
      jest.unstable_mockModule('node:crypto', () => ({ default: { createHash } }));
      const older = await import('./accept-key.js');
      expect(older.acceptKey).not.toBe(acceptKey);
      expect(older.acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    });
  });
});
