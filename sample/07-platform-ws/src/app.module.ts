import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';
import { PollGateway } from './poll.gateway.js';
import { Poll } from './poll.service.js';

@Module({ controllers: [PageController], providers: [PollGateway, Poll] })
export class AppModule {}
