import { describe, expect, it } from '@jest/globals';
import { ReadyState, SendResult } from '#engine';
import { EncodeError } from '../wire/encode-error.js';
import { serve } from '../testing-fixtures/fake-upgrade.js';

describe('a connection', () => {
  it('sends events through the codec and raw messages past it', () => {
    const { connection, transport } = serve().connect();
    expect(connection.send('said', { text: 'hi' })).toBe(SendResult.Sent);
    connection.sendRaw('plain');
    connection.sendRaw(new Uint8Array([1, 2]));
    expect(transport.sent).toEqual([
      '{"event":"said","data":{"text":"hi"}}',
      'plain',
      new Uint8Array([1, 2]),
    ]);
  });

  it('answers what became of a message', () => {
    const { connection, transport } = serve().connect();
    transport.outcome = SendResult.Queued;
    expect(connection.send('said')).toBe(SendResult.Queued);
    connection.close();
    expect(connection.send('said')).toBe(SendResult.Closed);
    expect(connection.sendRaw('said')).toBe(SendResult.Closed);
  });

  it('throws for data that cannot be encoded and for raw data that is neither text nor bytes', () => {
    const { connection, transport } = serve().connect();
    expect(() => connection.send('said', 1n)).toThrow(EncodeError);
    for (const wrong of [1, null, undefined, {}, [1], { length: 2 }, new Float32Array(1)]) {
      expect(() => connection.sendRaw(wrong as unknown as string)).toThrow('Cannot send message');
    }
    expect(transport.sent).toEqual([]);
  });

  it('sends pings with text, bytes or nothing, and answers what became of them', () => {
    const { connection, transport } = serve().connect();
    expect(connection.ping()).toBe(SendResult.Sent);
    transport.outcome = SendResult.Queued;
    expect(connection.ping('čas')).toBe(SendResult.Queued);
    connection.ping(new Uint8Array([1, 2]));
    expect(transport.pings.map((payload) => [...payload])).toEqual([
      [],
      [...Buffer.from('čas')],
      [1, 2],
    ]);
    transport.end();
    expect(connection.ping()).toBe(SendResult.Closed);
  });

  it('sends pongs likewise, for those who answer pings themselves', () => {
    const { connection, transport } = serve().connect();
    expect(connection.pong()).toBe(SendResult.Sent);
    connection.pong('čas');
    connection.pong(new Uint8Array([1, 2]));
    expect(transport.pongs.map((payload) => Buffer.from(payload).toString())).toEqual([
      '',
      'čas',
      '\u0001\u0002',
    ]);
    transport.end();
    expect(connection.pong()).toBe(SendResult.Closed);
  });

  it('throws for a ping or pong that is neither text nor bytes', () => {
    const { connection, transport } = serve().connect();
    for (const wrong of [1, null, {}, [1], new Float32Array(1)]) {
      expect(() => connection.ping(wrong as unknown as string)).toThrow('Cannot send ping');
      expect(() => connection.pong(wrong as unknown as string)).toThrow('Cannot send pong');
    }
    expect([...transport.pings, ...transport.pongs]).toEqual([]);
  });

  it('does not encode for a client that has left', () => {
    const { connection, transport } = serve().connect();
    transport.end();
    expect(connection.send('said', 1n)).toBe(SendResult.Closed);
  });

  it('starts with empty data of its own, or with what it was accepted with', () => {
    const { connect } = serve();
    const first = connect().connection;
    first.data.name = 'Ada';
    expect(first.data).toEqual({ name: 'Ada' });
    expect(connect().connection.data).toEqual({});
    const data = { name: 'Bob' };
    expect(connect({ data, user: 7 }).connection.data).toBe(data);
    expect(connect({ data, user: 7 }).connection.user).toBe(7);
  });

  it('passes on what the transport knows', () => {
    const { connection, transport } = serve().connect();
    transport.latency = 12;
    transport.bufferedAmount = 34;
    expect(connection.latency).toBe(12);
    expect(connection.bufferedAmount).toBe(34);
    expect(connection.readyState).toBe(ReadyState.Open);
    connection.close();
    expect(connection.readyState).toBe(ReadyState.Closing);
    transport.end();
    expect(connection.readyState).toBe(ReadyState.Closed);
  });

  it('stamps the last message', () => {
    const { connect } = serve({ say: () => undefined });
    const { connection, transport } = connect();
    expect(connection.lastActivity).toBe(connection.connectedAt);
    connection.lastActivity = 0;
    transport.event('say');
    expect(connection.lastActivity).toBeGreaterThanOrEqual(connection.connectedAt);
  });

  it('decodes text that is not ASCII', () => {
    const { connect } = serve({ say: (_, data) => data });
    const { transport } = connect();
    transport.event('say', 'žluťoučký 🐎');
    expect(transport.frames).toEqual([{ event: 'say', data: 'žluťoučký 🐎' }]);
  });

  it('aborts its signal on the close, whether it was asked for before or after', () => {
    const { connect } = serve();
    const early = connect();
    const { signal } = early.connection;
    expect(signal.aborted).toBe(false);
    early.transport.end();
    expect(signal.aborted).toBe(true);
    const late = connect();
    late.transport.end();
    expect(late.connection.signal.aborted).toBe(true);
  });

  it('settles closed on the close, whether it was asked for before or after', async () => {
    const { connect } = serve();
    const { connection, transport } = connect();
    const early = connection.closed;
    transport.end(4401, 'Expired', true);
    const info = { code: 4401, reason: 'Expired', wasClean: true };
    await expect(early).resolves.toEqual(info);
    const late = connect();
    late.transport.end(1006, '', false);
    await expect(late.connection.closed).resolves.toEqual({
      code: 1006,
      reason: '',
      wasClean: false,
    });
  });

  it('closes with a code and a reason, and ends at once on terminate', async () => {
    const { connect } = serve();
    const first = connect();
    first.connection.close(4403, 'Not here');
    expect(first.transport.closes).toEqual([{ code: 4403, reason: 'Not here' }]);
    const second = connect();
    second.connection.terminate();
    expect((await second.connection.closed).code).toBe(1006);
  });

  it('dispatches nothing once it is closing', () => {
    let handled = 0;
    const { connect } = serve({ say: () => void handled++ });
    const { connection, transport } = connect();
    transport.answersClose = false;
    connection.close();
    transport.event('say');
    expect(handled).toBe(0);
  });

  it('lets the closing handshake through when messages were held back', () => {
    const { connect } = serve({ say: () => new Promise(() => {}) }, { queueSize: 1 });
    const { connection, transport } = connect();
    transport.event('say');
    transport.event('say');
    expect(transport.paused).toBe(true);
    connection.close();
    expect(transport.paused).toBe(false);
  });
});
