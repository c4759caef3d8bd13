import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageModule } from '../../shared/src/page.module.js';
import { ChatGateway } from './chat.gateway.js';
import { ChatRooms } from './chat-rooms.service.js';
import { RoomsController } from './rooms.controller.js';

@Module({
  imports: [
    PageModule.of('02-chat'),
    WsModule.forRoot({
      // Two thousand characters are at most 8 KB of UTF-8, or 24 KB written as JSON escapes.
      limits: { maxPayload: 32 * 1024 },
      // 1012: whoever is connected when the app restarts may come back.
      shutdown: { code: 1012, reason: 'The server is restarting' },
      // Whoever loses the connection for a while misses nothing as long as this holds it.
      history: { maxMessages: 500, maxAge: 60 * 60 * 1_000 },
    }),
  ],
  controllers: [RoomsController],
  providers: [
    ChatGateway,
    ChatRooms,
    // The same pipe that guards HTTP routes guards messages: nothing here is about WebSockets.
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
