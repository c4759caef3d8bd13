import { Module } from '@nestjs/common';
import { PageModule } from '../../shared/src/page.module.js';
import { PollGateway } from './poll.gateway.js';
import { Poll } from './poll.service.js';

@Module({ imports: [PageModule.of('07-platform-ws')], providers: [PollGateway, Poll] })
export class AppModule {}
