import { describe, expect, it } from '@jest/globals';
import { SendResult } from '../sending/send-result.js';
import { ReadyState } from './transport.js';

describe('transport constants', () => {
  it('number the states as WHATWG does', () => {
    expect(ReadyState).toEqual({ Connecting: 0, Open: 1, Closing: 2, Closed: 3 });
  });

  it('number what becomes of a message from best to worst', () => {
    expect(SendResult).toEqual({ Sent: 0, Queued: 1, Dropped: 2, Closed: 3 });
  });
});
