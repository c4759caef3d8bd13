import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, UseGuards, UsePipes, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DEFAULT_LIMITS } from 'nestwire/engine';
import { MessageBody, OnMessage, WsGateway, WsModule } from 'nestwire';
import { EchoDto, EchoGuard, type NestTask } from './nest-parts.js';

@WsGateway('/')
class BareGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@WsGateway('/')
@UseGuards(EchoGuard)
@UsePipes(new ValidationPipe({ whitelist: true }))
class GuardedGateway {
  @OnMessage('echo')
  echo(@MessageBody() data: EchoDto): EchoDto {
    return data;
  }
}

/** A gateway of nestwire, without enhancers or with a guard and a ValidationPipe. @returns its port */
export async function startServer(task: NestTask): Promise<number> {
  @Module({
    imports: [WsModule.forRoot({ limits: { ...DEFAULT_LIMITS } })],
    providers: [task.guarded === true ? GuardedGateway : BareGateway],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}
