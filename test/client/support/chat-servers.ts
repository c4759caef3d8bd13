import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnauthorizedException } from '@nestjs/common';
import {
  CanJoin,
  History,
  MessageBody,
  OnMessage,
  tokenFromProtocol,
  VerifyClient,
  WsGateway,
  type HandshakeSnapshot,
  type RoomGrant,
} from 'nestwire';
import { Server } from 'socket.io';
import { startApp } from '../../e2e/support/app.js';

/** What a chat shows at first, and where what was missed is lost. */
const LATEST = 20;
const TOKEN = 'good';
const findToken = tokenFromProtocol();

/** A server with the room `lobby`, which lets in whoever has the token. */
export interface ChatServer {
  readonly port: number;
  /** Somebody else says something. */
  speak(text: string): Promise<void>;
  close(): Promise<void>;
}

@WsGateway('/chat')
class ChatGateway {
  constructor(private readonly history: History) {}

  @VerifyClient()
  verify(handshake: HandshakeSnapshot): { id: string } {
    if (findToken(handshake) !== TOKEN) throw new UnauthorizedException('Who are you?');
    return { id: 'ada' };
  }

  @CanJoin()
  mayJoin(): RoomGrant {
    return { latest: LATEST };
  }

  @OnMessage('say')
  async say(@MessageBody() { text }: { text: string }): Promise<void> {
    await this.history.publish('lobby', 'said', { text });
  }
}

export async function startChat(): Promise<ChatServer> {
  const { app, port } = await startApp({ providers: [ChatGateway] });
  const history = app.get(History);
  return {
    port,
    speak: async (text) => void (await history.publish('lobby', 'said', { text })),
    close: () => app.close(),
  };
}

/** The same upon socket.io, with what its documentation says for recovery. */
export async function startSocketIoChat(): Promise<ChatServer> {
  const http = createServer();
  const io = new Server(http, { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } });
  const lines: { text: string }[] = [];
  const chat = io.of('/chat');
  const say = (line: { text: string }): void => {
    lines.push(line);
    chat.to('lobby').emit('said', line);
  };
  chat.use(({ handshake }, next) => {
    next(handshake.auth['token'] === TOKEN ? undefined : new Error('Who are you?'));
  });
  chat.on('connection', (socket) => {
    socket.on('enter', (room: string, answer: (lines: unknown) => void) => {
      void socket.join(room);
      answer(lines.slice(-LATEST));
    });
    socket.on('say', (line: { text: string }, answer: () => void) => {
      say(line);
      answer();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    port: (http.address() as AddressInfo).port,
    speak: (text) => Promise.resolve(say({ text })),
    close: () => io.close(),
  };
}
