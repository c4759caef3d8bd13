// A gateway as it is written for @nestjs/platform-ws. Nothing in this file knows of Nestwire.
import type { IncomingMessage } from 'node:http';
import { Logger, UsePipes, ValidationPipe } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  type WsResponse,
} from '@nestjs/websockets';
import { from, map, type Observable } from 'rxjs';
import type { Server, WebSocket } from 'ws';
import { Poll, type Results } from './poll.service.js';
import { Vote } from './vote.dto.js';

const asWsException = (): WsException => new WsException('A vote is { "option": "…" }');

@UsePipes(new ValidationPipe({ exceptionFactory: asWsException }))
@WebSocketGateway({ path: '/poll', maxPayload: 4096 } as object)
export class PollGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  private readonly logger = new Logger('Poll');

  @WebSocketServer()
  private readonly server!: Server;

  constructor(private readonly poll: Poll) {}

  afterInit(): void {
    this.logger.log('The poll is open');
  }

  handleConnection(client: WebSocket, request: IncomingMessage): void {
    this.logger.log(`Somebody came from ${request.socket.remoteAddress}`);
    this.poll.enter(client);
    this.publish();
  }

  handleDisconnect(client: WebSocket): void {
    this.poll.leave(client);
    this.publish();
  }

  @SubscribeMessage('vote')
  vote(@ConnectedSocket() client: WebSocket, @MessageBody() { option }: Vote): WsResponse<string> {
    if (!this.poll.has(option)) throw new WsException('There is no such option');
    this.poll.vote(client, option);
    this.publish();
    return { event: 'voted', data: option };
  }

  @SubscribeMessage('results')
  async results(): Promise<WsResponse<Results>> {
    return Promise.resolve({ event: 'results', data: this.poll.results() });
  }

  @SubscribeMessage('history')
  history(): Observable<WsResponse<string>> {
    return from(this.poll.history).pipe(map((data) => ({ event: 'history', data })));
  }

  private publish(): void {
    const text = JSON.stringify({ event: 'results', data: this.poll.results() });
    for (const client of this.server.clients) {
      if (client.readyState === client.OPEN) client.send(text);
    }
  }
}
