import { Module, Param, Query, UsePipes, ValidationPipe } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import {
  MessageBody,
  OnMessage,
  Rooms,
  VerifyClient,
  WsGateway,
  WsModule,
  ConnectedSocket,
  OnConnect,
  type Connection,
} from 'nestwire';

class SayDto {
  @IsString()
  @Length(1, 200)
  text!: string;
}

@WsGateway('/chat/:room')
class ChatGateway {
  constructor(private readonly rooms: Rooms) {}

  @VerifyClient() // before the 101: false answers 403, an HttpException its own status
  admit(@Query('name') name?: string) {
    return name ? { name } : false; // becomes connection.user
  }

  @OnConnect() // awaited: no message is handled before it ends
  enter(@ConnectedSocket() connection: Connection, @Param('room') room: string) {
    this.rooms.join(connection, room);
  }

  @UsePipes(new ValidationPipe()) // answers BAD_REQUEST, with what is wrong
  @OnMessage('say')
  say(@MessageBody() { text }: SayDto, @Param('room') room: string) {
    this.rooms.to(room).send('said', { text });
  }
}

@Module({ imports: [WsModule.forRoot()], providers: [ChatGateway] })
export class AppModule {}
