import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../protocol/errors.js';
import { refusal, type Refusal } from './refusal.js';

interface Response {
  statusLine: string;
  headers: Map<string, string>;
  body: Buffer;
}

/** Reads the response as its bytes on the wire, the way 'latin1' writes it. */
function parse(response: string): Response {
  const bytes = Buffer.from(response, 'latin1');
  expect(bytes.toString('latin1')).toBe(response);
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  expect(new Set(headers.map(([name]) => name)).size).toBe(headers.length);
  return { statusLine: statusLine!, headers: new Map(headers), body: bytes.subarray(end + 4) };
}

const respond = (status: number, options: Refusal = {}): Response =>
  parse(refusal(status, options));

describe('refusal', () => {
  it('is a whole response with the status text as its body', () => {
    expect(refusal(404, {})).toBe(
      'HTTP/1.1 404 Not Found\r\nConnection: close\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n\r\nNot Found',
    );
  });

  it('prefers the body to the message, and the message to the status text', () => {
    expect(respond(403, { message: 'No' }).body.toString()).toBe('No');
    expect(respond(403, { message: 'No', body: 'Never' }).body.toString()).toBe('Never');
    expect(respond(403, { message: '' }).body).toHaveLength(0);
  });

  it('counts the bytes of UTF-8, not the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (message) => {
        const { headers, body } = respond(400, { message });
        expect(body.toString('utf8')).toBe(message);
        expect(headers.get('content-length')).toBe(String(Buffer.byteLength(message)));
      }),
    );
  });

  it('sends a Buffer byte for byte', () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(respond(500, { body }).body.equals(body)).toBe(true);
  });

  it('sends a body that looks like a response as a body', () => {
    const body = '\r\n\r\nHTTP/1.1 200 OK\r\n\r\n';
    expect(respond(400, { message: body }).body.toString()).toBe(body);
  });

  it('writes a Content-Type from either place, and only once', () => {
    expect(respond(400, { contentType: 'application/json' }).headers.get('content-type')).toBe(
      'application/json',
    );
    const headers = { 'content-type': 'text/html' };
    expect(respond(400, { headers }).headers.get('content-type')).toBe('text/html');
    expect(respond(400, { headers, contentType: 'a/b' }).headers.get('content-type')).toBe('a/b');
  });

  it('writes the headers it is given', () => {
    const { headers } = respond(401, { headers: { 'WWW-Authenticate': 'Bearer', Allow: 'GET' } });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(headers.get('allow')).toBe('GET');
    expect(headers.get('connection')).toBe('close');
  });

  it('lists Upgrade in Connection when it names a protocol to upgrade to', () => {
    const { headers, statusLine } = respond(426, { headers: { Upgrade: 'websocket' } });
    expect(statusLine).toBe('HTTP/1.1 426 Upgrade Required');
    expect(headers.get('connection')).toBe('close, Upgrade');
  });

  it('has a body for a status without a text', () => {
    const { statusLine, body } = respond(499);
    expect(statusLine).toBe('HTTP/1.1 499 ');
    expect(body.toString()).toBe('499');
  });

  it('ends a 304 with its head, as a client reads it', () => {
    const { headers, body } = respond(304, { body: 'ignored' });
    expect(body).toHaveLength(0);
    expect(headers.has('content-length')).toBe(false);
  });

  it.each([300, 599])('takes the status %d', (status) => {
    expect(respond(status).statusLine).toMatch(`HTTP/1.1 ${status} `);
  });

  it.each([299, 600, 101, 200, 0, -400, 400.5, Number.NaN])('throws for %d', (status) => {
    expect(() => refusal(status, {})).toThrow(UsageError);
  });

  it.each<Refusal>([
    { headers: { 'X-A': 'a\r\nX-B: b' } },
    { headers: { 'X-A': 'a\n' } },
    { headers: { 'X-A\r\nX-B': 'b' } },
    { headers: { 'X-A': '\u{1F600}' } },
    { headers: { Connection: 'keep-alive' } },
    { headers: { 'content-length': '0' } },
    { headers: { 'Transfer-Encoding': 'chunked' } },
    { contentType: 'text/plain\r\nX: y' },
    { headers: { 'Content-Type': 'text/plain\r\nX: y' } },
  ])('throws for %j', (options) => {
    expect(() => refusal(400, options)).toThrow(UsageError);
  });
});
