import { randomBytes } from 'node:crypto';
import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { WsModule } from 'nestwire';
import { AuthController } from '../../03-auth/src/auth.controller.js';
import { Users } from '../../03-auth/src/users.service.js';
import { PageModule } from '../../shared/src/page.module.js';
import { AttachmentsController } from './attachments.controller.js';
import { Attachments } from './attachments.service.js';
import { BoardGateway } from './board.gateway.js';
import { Board } from './board.service.js';

/** Seconds a token is good for; the page renews it in time. */
const LIFETIME = 60;

@Module({
  imports: [
    PageModule.of('09-board'),
    WsModule.forRoot({ limits: { maxPayload: 16 * 1024 }, session: { notice: 20_000 } }),
    JwtModule.register({
      secret: process.env['JWT_SECRET'] ?? randomBytes(32).toString('hex'),
      signOptions: { expiresIn: LIFETIME },
    }),
  ],
  controllers: [AuthController, AttachmentsController],
  providers: [
    Attachments,
    Board,
    BoardGateway,
    Users,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
