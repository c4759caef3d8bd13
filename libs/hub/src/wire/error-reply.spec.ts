import { describe, expect, it } from '@jest/globals';
import { LimitError, ProtocolError, UsageError } from '#engine';
import { errorReply } from './error-reply.js';
import { WireError } from './wire-error.js';

describe('errorReply', () => {
  it('lets errors made for clients speak for themselves', () => {
    expect(errorReply(new WireError('BAD_REQUEST', 'Cannot say nothing'))).toEqual({
      status: 'error',
      code: 'BAD_REQUEST',
      message: 'Cannot say nothing',
    });
    expect(errorReply(new WireError('BAD_REQUEST', 'No', { details: ['text'] })).details).toEqual([
      'text',
    ]);
  });

  it('names limits by one code', () => {
    expect(errorReply(new LimitError('Too many', 'WS_ERR_TOO_MANY_ROOMS')).code).toBe(
      'LIMIT_EXCEEDED',
    );
  });

  it.each([
    [new Error('password=secret')],
    [new UsageError('secret')],
    [new ProtocolError('secret', 'WS_ERR')],
    ['secret'],
    [{ code: 'BAD_REQUEST', message: 'secret' }],
    [undefined],
    [null],
  ])('says nothing about %p', (error) => {
    expect(errorReply(error)).toEqual({
      status: 'error',
      code: 'INTERNAL_ERROR',
      message: 'Internal server error',
    });
  });
});
