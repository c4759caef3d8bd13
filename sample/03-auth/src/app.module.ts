import { randomBytes } from 'node:crypto';
import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { WsModule } from 'nestwire';
import { PageModule } from '../../shared/src/page.module.js';
import { AuthController } from './auth.controller.js';
import { Board } from './board.service.js';
import { BoardGateway } from './board.gateway.js';
import { Users } from './users.service.js';

/** Seconds a token is good for: short, to see it expire. */
const LIFETIME = Number(process.env['TOKEN_SECONDS'] ?? 30);

@Module({
  imports: [
    PageModule.of('03-auth'),
    WsModule.forRoot({
      limits: { maxPayload: 16 * 1024 },
      // A third of a token's life is time enough to fetch the next one.
      session: { notice: Math.ceil((LIFETIME * 1_000) / 3) },
    }),
    JwtModule.register({
      // A new secret with each start: what was signed before is worth nothing then.
      secret: process.env['JWT_SECRET'] ?? randomBytes(32).toString('hex'),
      signOptions: { expiresIn: LIFETIME },
    }),
  ],
  controllers: [AuthController],
  providers: [
    Board,
    BoardGateway,
    Users,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
