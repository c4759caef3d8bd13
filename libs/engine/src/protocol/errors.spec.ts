import { describe, expect, it } from '@jest/globals';
import { HandshakeError, LimitError, ProtocolError, UsageError, WebSocketError } from './errors.js';

const every = {
  WebSocketError: new WebSocketError('Cannot do it', 'WS_ERR_IT'),
  ProtocolError: new ProtocolError('Cannot do it', 'WS_ERR_IT'),
  LimitError: new LimitError('Cannot do it', 'WS_ERR_IT'),
  HandshakeError: new HandshakeError('Cannot do it', 'WS_ERR_IT', 400),
  UsageError: new UsageError('Cannot do it', 'WS_ERR_IT'),
};

describe('errors', () => {
  it.each(Object.entries(every))(
    '%s is an Error and a WebSocketError of that name',
    (name, one) => {
      expect(one).toBeInstanceOf(Error);
      expect(one).toBeInstanceOf(WebSocketError);
      expect(one.name).toBe(name);
      expect(one.code).toBe('WS_ERR_IT');
      expect(one.message).toBe('Cannot do it');
      expect(String(one)).toBe(`${name}: Cannot do it`);
      expect(one.stack).toContain('errors.spec');
    },
  );

  it('tell a fault of the peer from a fault of the caller', () => {
    const { ProtocolError: peer, LimitError: limit, UsageError: caller } = every;
    expect(peer).not.toBeInstanceOf(LimitError);
    expect(limit).not.toBeInstanceOf(ProtocolError);
    expect(caller).not.toBeInstanceOf(ProtocolError);
    expect(caller).not.toBeInstanceOf(LimitError);
  });

  it('carry the close code the connection fails with', () => {
    expect(every.ProtocolError.closeCode).toBe(1002);
    expect(every.LimitError.closeCode).toBe(1009);
    expect(new ProtocolError('x', 'WS_ERR_X', 1007).closeCode).toBe(1007);
    expect(new LimitError('x', 'WS_ERR_X', 1008).closeCode).toBe(1008);
  });

  it('carry the status and headers of a refused handshake', () => {
    const headers = { 'Sec-WebSocket-Version': '13' };
    expect(new HandshakeError('x', 'WS_ERR_X', 426, headers)).toMatchObject({
      status: 426,
      headers,
    });
    expect(every.HandshakeError.headers).toEqual({});
  });

  it('have a code even when none is given, and keep the cause', () => {
    expect(new UsageError('x').code).toBe('WS_ERR_USAGE');
    const cause = new Error('below');
    expect(new WebSocketError('x', 'WS_ERR_X', { cause }).cause).toBe(cause);
  });
});
