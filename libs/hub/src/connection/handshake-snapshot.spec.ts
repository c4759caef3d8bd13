import { describe, expect, it } from '@jest/globals';
import { FakeUpgrade } from '../testing-fixtures/fake-upgrade.js';
import { forgetParsed, snapshot } from './handshake-snapshot.js';

describe('snapshot', () => {
  it('keeps what outlives the handshake', () => {
    const upgrade = new FakeUpgrade('/chat/a?name=Ada', { host: 'localhost' }, ['json', 'x']);
    const shot = snapshot(upgrade, { params: { room: 'a' }, protocol: 'json', ip: '10.0.0.1' });
    expect(shot.url).toBe('/chat/a?name=Ada');
    expect(shot.path).toBe('/chat/a');
    expect(shot.params.room).toBe('a');
    expect(shot.query.name).toBe('Ada');
    expect(shot.headers.host).toBe('localhost');
    expect(shot.ip).toBe('10.0.0.1');
    expect(shot.secure).toBe(false);
    expect(shot.origin).toBeUndefined();
    expect(shot.protocol).toBe('json');
    expect(shot.protocols).toEqual(['json', 'x']);
  });

  it('is a copy: what changes in the request afterwards does not reach it', () => {
    const upgrade = new FakeUpgrade('/', { host: 'localhost' });
    const shot = snapshot(upgrade);
    upgrade.request.headers.host = 'elsewhere';
    expect(shot.headers.host).toBe('localhost');
  });

  it('leaves out the headers that only served the handshake', () => {
    const headers = {
      host: 'localhost',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      authorization: 'Bearer x',
    };
    expect(Object.keys(snapshot(new FakeUpgrade('/', headers)).headers)).toEqual([
      'host',
      'authorization',
    ]);
  });

  it('holds no request and no socket', () => {
    const upgrade = new FakeUpgrade('/');
    const shot = snapshot(upgrade);
    const held = Object.values(shot);
    expect(held).not.toContain(upgrade.request);
    expect(held).not.toContain(upgrade.request.socket);
    expect(held).not.toContain(upgrade);
  });

  it('keeps all values of a repeated query key, in order', () => {
    const { query } = snapshot(new FakeUpgrade('/?a=1&b=2&a=3&a=%C3%A4'));
    expect(query.a).toEqual(['1', '3', 'ä']);
    expect(query.b).toBe('2');
  });

  it('has an empty query for a target without one', () => {
    expect(Object.keys(snapshot(new FakeUpgrade('/')).query)).toEqual([]);
  });

  it('takes __proto__ and constructor as plain query keys and header names', () => {
    const shot = snapshot(new FakeUpgrade('/?__proto__=x&constructor=y&__proto__=z'));
    expect(Object.keys(shot.query)).toEqual(['__proto__', 'constructor']);
    expect(shot.query['__proto__']).toEqual(['x', 'z']);
    for (const record of [shot.query, shot.params, shot.headers, shot.cookies]) {
      expect(Object.getPrototypeOf(record)).toBeNull();
    }
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('reads cookies and query once', () => {
    const shot = snapshot(new FakeUpgrade('/?a=1', { cookie: 'sid=abc; theme=dark' }));
    expect(shot.cookies.sid).toBe('abc');
    expect(shot.cookies).toBe(shot.cookies);
    expect(shot.query).toBe(shot.query);
  });

  it('lets go of what was read, and reads it again', () => {
    const shot = snapshot(new FakeUpgrade('/?a=1', { cookie: 'sid=abc' }));
    const { query, cookies } = shot;
    expect(shot.query).toBe(query);
    expect(shot.cookies).toBe(cookies);
    forgetParsed(shot);
    expect(shot.query).not.toBe(query);
    expect(shot.cookies).not.toBe(cookies);
    expect([shot.query, shot.cookies]).toEqual([query, cookies]);
    expect(shot.query).not.toBe(query);
  });
});
