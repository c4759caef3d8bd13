import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Headers, Injectable, Ip, Param, Query } from '@nestjs/common';
import {
  ConnectedSocket,
  Connection,
  ConnectionRegistry,
  EventName,
  Handshake,
  MessageBody,
  OnConnect,
  OnDisconnect,
  OnMessage,
  SendResult,
  Signal,
  WsGateway,
  type CloseInfo,
  type HandshakeSnapshot,
} from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@Injectable()
class Journal {
  readonly lines: string[] = [];
}

@WsGateway('/chat/:room')
class ChatGateway {
  constructor(private readonly journal: Journal) {}

  @OnConnect()
  entered(connection: Connection, handshake: HandshakeSnapshot): void {
    this.journal.lines.push(`in ${String(handshake.params['room'])}`);
    connection.send('welcome', { id: connection.id });
  }

  @OnDisconnect()
  left(_connection: Connection, info: CloseInfo): void {
    this.journal.lines.push(`out ${info.code} ${info.wasClean}`);
  }

  @OnMessage('say')
  say(@MessageBody('text') text: string, @Param('room') room: string): unknown {
    return { room, text };
  }

  @OnMessage('where')
  where(
    @Query('name') name: string,
    @Headers('X-Token') token: string,
    @Ip() ip: string,
    @Body() body: unknown,
    @Handshake() handshake: HandshakeSnapshot,
    @EventName() event: string,
    @Signal() signal: AbortSignal,
    @ConnectedSocket() connection: Connection,
  ): unknown {
    const path = handshake.path;
    return { name, token, ip, body, path, event, aborted: signal.aborted, id: connection.id };
  }

  @OnMessage('positional')
  positional(connection: Connection, data: unknown): unknown {
    return { same: connection instanceof Connection, data };
  }

  @OnMessage()
  other(@EventName() event: string): string {
    return `no ${event} here`;
  }
}

describe('a gateway', () => {
  it('answers messages with the parameters of its path and the properties of the payload', async () => {
    const { url } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/caf%C3%A9%2Fbar`);
    expect((await client.next()).event).toBe('welcome');
    expect(await client.ask('say', { text: 'hi' }, 7)).toEqual({
      event: 'say',
      data: { room: 'café/bar', text: 'hi' },
      id: 7,
    });
  });

  it('reads every parameter from the message, the connection or the handshake', async () => {
    const { url } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/a?name=Ada`, { headers: { 'x-token': 't' } });
    const welcome = await client.next();
    expect((await client.ask('where', [1])).data).toEqual({
      name: 'Ada',
      token: 't',
      ip: '127.0.0.1',
      body: [1],
      path: '/chat/a',
      event: 'where',
      aborted: false,
      id: (welcome.data as { id: string }).id,
    });
  });

  it('gives a handler without parameter decorators the connection and the data', async () => {
    const { url } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/a`);
    await client.next();
    expect((await client.ask('positional', 'x')).data).toEqual({ same: true, data: 'x' });
  });

  it('hands events without a handler to the fallback', async () => {
    const { url } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/a`);
    await client.next();
    expect(await client.ask('nothing')).toEqual({ event: 'nothing', data: 'no nothing here' });
  });

  it('runs the hooks at both ends of a connection, the disconnect one with the close code', async () => {
    const { url, app } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/a`);
    await client.next();
    await client.close();
    await app.close();
    expect(app.get(Journal).lines).toEqual(['in a', 'out 1005 true']);
  });

  it('pings its clients with text, bytes or nothing, 125 bytes at most', async () => {
    const { url, app } = await startApp({ providers: [Journal, ChatGateway] });
    const client = await Client.connect(`${url}/chat/a`);
    await client.next();
    const pings: string[] = [];
    client.socket.on('ping', (payload: Buffer) => pings.push(payload.toString()));
    const [connection] = app.get(ConnectionRegistry);
    expect(connection?.ping()).toBe(SendResult.Sent);
    connection?.ping('are you there?');
    connection?.ping(Buffer.alloc(125, 'x'));
    expect(() => connection?.ping('x'.repeat(126))).toThrow(
      'Cannot send a control frame of 126 bytes: allowed are 125',
    );
    // Behind the pings, on the same socket.
    expect((await client.ask('say', { text: 'hi' })).event).toBe('say');
    expect(pings).toEqual(['', 'are you there?', 'x'.repeat(125)]);
    await client.close();
    expect(connection?.ping()).toBe(SendResult.Closed);
  });

  it('answers an unknown path with 404 and a malformed parameter with 400', async () => {
    const { url } = await startApp({ providers: [Journal, ChatGateway] });
    expect((await refusal(`${url}/nowhere`)).status).toBe(404);
    expect((await refusal(`${url}/chat`)).status).toBe(404);
    const bad = await refusal(`${url}/chat/%zz`);
    expect(bad.status).toBe(400);
    expect(bad.headers.connection).toBe('close');
  });
});
