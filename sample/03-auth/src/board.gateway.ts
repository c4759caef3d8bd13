import { ParseIntPipe, UseGuards } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  OnConnect,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  type Connection,
} from 'nestwire';
import { Board } from './board.service.js';
import type { Claims } from './claims.js';
import { JwtGuard } from './jwt.guard.js';
import { PostDto } from './post.dto.js';
import { Roles, RolesGuard } from './roles.guard.js';

/**
 * `JwtGuard` runs once, before the 101: without a good token the handshake is answered 401. What it
 * leaves in `request.user` is `connection.user`, and its `exp` is when the connection ends, unless the
 * client sends `reauthenticate` with a new token before. `RolesGuard` runs for each message.
 */
@VerifyClient(JwtGuard)
@UseGuards(RolesGuard)
@WsGateway('/board')
export class BoardGateway {
  constructor(
    private readonly board: Board,
    private readonly rooms: Rooms,
  ) {}

  @OnConnect()
  enter(connection: Connection): void {
    this.rooms.join(connection, 'board');
    connection.send('board', this.board.all);
  }

  @OnMessage('post')
  post(@ConnectedSocket() connection: Connection, @MessageBody() { text }: PostDto): void {
    this.board.add((connection.user as Claims).sub, text);
    this.publish();
  }

  @Roles('admin')
  @OnMessage('remove')
  remove(@MessageBody('id', ParseIntPipe) id: number): void {
    this.board.remove(id);
    this.publish();
  }

  private publish(): void {
    this.rooms.to('board').send('board', this.board.all);
  }
}
