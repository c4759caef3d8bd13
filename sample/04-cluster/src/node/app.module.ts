import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageModule } from '../../../shared/src/page.module.js';
import type { Place } from '../place.js';
import { brokerAt } from './broker-at.js';
import { ChatGateway } from './chat.gateway.js';
import { ClusterReporter } from './cluster-reporter.service.js';
import { MachineLink } from './machine-link.service.js';
import { PLACE } from './place.token.js';
import { Placement } from './placement.js';

@Module({})
export class AppModule {
  static at(place: Place): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PageModule.of('04-cluster'),
        WsModule.forRoot({
          // This one option makes many nodes one application.
          broker: brokerAt(place),
          cluster: { name: `node ${place.number}`, delivery: 'at-least-once', notifyGap: true },
          limits: { maxPayload: 16 * 1024 },
          shutdown: { code: 1012, reason: 'The node is restarting' },
          history: { maxMessages: 500, maxAge: 60 * 60 * 1_000 },
        }),
      ],
      providers: [
        ChatGateway,
        ClusterReporter,
        MachineLink,
        Placement,
        { provide: PLACE, useValue: place },
        { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
      ],
    };
  }
}
