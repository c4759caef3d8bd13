import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageModule } from '../../shared/src/page.module.js';
import { UploadGateway } from './upload.gateway.js';

@Module({
  imports: [PageModule.of('06-binary'), WsModule.forRoot()],
  providers: [
    UploadGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
