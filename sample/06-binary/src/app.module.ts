import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { WsModule } from 'nestwire';
import { PageController } from './page.controller.js';
import { UploadGateway } from './upload.gateway.js';

@Module({
  imports: [WsModule.forRoot()],
  controllers: [PageController],
  providers: [
    UploadGateway,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
