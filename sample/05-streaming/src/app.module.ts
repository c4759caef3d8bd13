import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageModule } from '../../shared/src/page.module.js';
import { PricesGateway } from './prices.gateway.js';
import { Prices } from './prices.service.js';

@Module({
  imports: [PageModule.of('05-streaming'), WsModule.forRoot({ limits: { maxPayload: 4 * 1024 } })],
  providers: [
    Prices,
    PricesGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
