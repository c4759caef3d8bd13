import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, UseGuards, UsePipes, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EchoDto, EchoGuard, type NestTask } from './nest-parts.js';

@WebSocketGateway({ path: '/' })
class BareGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return { event: 'echo', data };
  }
}

@WebSocketGateway({ path: '/' })
@UseGuards(EchoGuard)
@UsePipes(new ValidationPipe({ whitelist: true }))
class GuardedGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: EchoDto): unknown {
    return { event: 'echo', data };
  }
}

/** The same gateways under @nestjs/platform-ws. @returns the port */
export async function startServer(task: NestTask): Promise<number> {
  @Module({ providers: [task.guarded === true ? GuardedGateway : BareGateway] })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}
