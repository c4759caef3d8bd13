import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { TelemetryModule } from 'nestwire/telemetry';
import { PageModule } from '../../shared/src/page.module.js';
import { FloorGateway } from './floor.gateway.js';

@Module({
  imports: [
    PageModule.of('10-operations'),
    // Small, so that it is soon seen what happens at the limit.
    WsModule.forRoot({ limits: { sendHardLimit: 128 * 1024 } }),
    TelemetryModule.forRoot({ traces: process.env['TRACES'] === '1' }),
  ],
  providers: [
    FloorGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
