import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConflictException, Query } from '@nestjs/common';
import { MessageBody, OnMessage, Protocol, VerifyClient, WsGateway } from 'nestwire';
import { WebSocket, type CloseEvent, type MessageEvent } from 'undici';
import { closeApps, startApp } from './support/app.js';

afterEach(closeApps);

@Protocol('chat.v1')
@WsGateway('/')
class EchoGateway {
  @VerifyClient()
  verify(@Query('taken') taken?: string): boolean {
    if (taken !== undefined) throw new ConflictException();
    return true;
  }

  @OnMessage('echo')
  echo(@MessageBody() body: unknown): unknown {
    return body;
  }
}

describe("undici's WebSocket, the client of Node and the rules of browsers", () => {
  it('talks to a gateway and sees the close code of the application', async () => {
    const { app, url } = await startApp({ providers: [EchoGateway] });
    const socket = new WebSocket(url, ['chat.v1', 'chat.v0']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat.v1');
    socket.send(JSON.stringify({ event: 'echo', data: { text: 'grüße 🎉' }, id: 1 }));
    const [message] = (await once(socket, 'message')) as [MessageEvent];
    expect(JSON.parse(String(message.data))).toEqual({
      event: 'echo',
      data: { text: 'grüße 🎉' },
      id: 1,
    });
    const closed = once(socket, 'close') as Promise<[CloseEvent]>;
    await app.close();
    const [{ code, reason, wasClean }] = await closed;
    expect({ code, reason, wasClean }).toEqual({
      code: 1001,
      reason: 'Server is shutting down',
      wasClean: true,
    });
  });

  it('fails without an open event when the client is refused', async () => {
    const { url } = await startApp({ providers: [EchoGateway] });
    const socket = new WebSocket(`${url}/?taken`);
    const opened: unknown[] = [];
    socket.addEventListener('open', (event) => opened.push(event));
    const failed = once(socket, 'error');
    await Promise.all([
      failed.catch(() => undefined),
      once(socket, 'close').catch(() => undefined),
    ]);
    expect(opened).toEqual([]);
  });
});
