import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageModule } from '../../shared/src/page.module.js';
import { NotificationsGateway } from './notifications.gateway.js';
import { NotifyController } from './notify.controller.js';

@Module({
  imports: [
    PageModule.of('08-notifications'),
    WsModule.forRoot({
      limits: { maxPayload: 4 * 1024 },
      // Who is away for longer than three days has missed it; nobody comes back to more than fifty.
      mailbox: { maxMessages: 50, ttl: 3 * 24 * 60 * 60 * 1_000 },
      shutdown: { code: 1012, reason: 'The server is restarting' },
    }),
  ],
  controllers: [NotifyController],
  providers: [
    NotificationsGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
