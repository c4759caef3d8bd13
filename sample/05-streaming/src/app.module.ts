import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageController } from './page.controller.js';
import { PricesGateway } from './prices.gateway.js';
import { Prices } from './prices.service.js';

@Module({
  imports: [WsModule.forRoot({ limits: { maxPayload: 4 * 1024 } })],
  controllers: [PageController],
  providers: [
    Prices,
    PricesGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
