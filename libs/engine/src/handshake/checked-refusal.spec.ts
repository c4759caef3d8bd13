import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../protocol/errors.js';
import { checkRefusal } from './checked-refusal.js';

describe('a refusal', () => {
  it.each([
    ['the text of its status', {}, 'Forbidden'],
    ['its message', { message: 'Not you' }, 'Not you'],
    ['its body, before the message', { message: 'Not you', body: '{}' }, '{}'],
  ])('has as body %s', (_what, options, body) => {
    expect(checkRefusal(403, options)).toEqual({
      fields: [],
      contentType: 'text/plain; charset=utf-8',
      body: Buffer.from(body),
    });
  });

  it('shows the number of a status that has no text', () => {
    expect(String(checkRefusal(599, {}).body)).toBe('599');
  });

  it('has no body with 304, which ends with its head (RFC 9112 6.3)', () => {
    expect(checkRefusal(304, { body: 'next response' }).body).toBeNull();
  });

  it('takes the type of its body from a header in any case, and from the option before it', () => {
    const headers = { 'CONTENT-TYPE': 'text/html', 'Retry-After': '1' };
    expect(checkRefusal(503, { headers })).toMatchObject({
      fields: [['Retry-After', '1']],
      contentType: 'text/html',
    });
    expect(checkRefusal(503, { headers, contentType: 'text/css' }).contentType).toBe('text/css');
  });

  it.each([200, 101, 299, 600, 403.5, Number.NaN])('is none with the status %s', (status) => {
    expect(() => checkRefusal(status, {})).toThrow(UsageError);
  });

  it.each([
    ['Connection', 'keep-alive'],
    ['content-length', '5'],
    ['Transfer-Encoding', 'chunked'],
    ['X-Note', 'a\r\nSet-Cookie: b'],
  ])('carries no header %s: %j', (name, value) => {
    expect(() => checkRefusal(403, { headers: { [name]: value } })).toThrow(UsageError);
  });

  it('carries no type that would begin another header', () => {
    expect(() => checkRefusal(403, { contentType: 'a\r\nb: c' })).toThrow();
  });
});
