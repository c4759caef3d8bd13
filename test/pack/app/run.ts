// Runs in an application that has installed the package: what its reader is promised, one by one.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NestwireAdapter } from 'nestwire';
import { WebSocket } from 'nestwire/engine';
import { WsTestClient } from 'nestwire/testing';

/** Starts the quick start's module and lets its client, written for a browser, talk to it. */
async function quickStart(AppModule: Type, client: string): Promise<unknown> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const code = client.replaceAll('localhost:3000', `127.0.0.1:${port}`);
  const logged = new Promise((resolve) => {
    // oxlint-disable-next-line typescript/no-implied-eval -- it is the text of the README that is tested
    const start = new Function('WebSocket', 'console', code) as (...globals: unknown[]) => void;
    start(WebSocket, { log: resolve });
  });
  const message = await logged;
  await app.close();
  return message;
}

/** The test client, in memory. */
async function refused(AppModule: Type): Promise<unknown> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  try {
    await WsTestClient.connect(app, '/chat/lobby');
    return 'not refused';
  } catch (error) {
    return (error as { status?: number }).status;
  } finally {
    await app.close();
  }
}

@WebSocketGateway({ path: '/standard' })
class StandardGateway {
  async handleConnection(): Promise<void> {
    await Promise.resolve();
  }
  @SubscribeMessage('ping')
  ping(): { event: string; data: number } {
    return { event: 'pong', data: 1 };
  }
}

@Module({ providers: [StandardGateway] })
class StandardModule {}

async function standard(): Promise<unknown> {
  const app = await NestFactory.create(StandardModule, { logger: ['error', 'warn'] });
  app.useWebSocketAdapter(new NestwireAdapter(app));
  await app.listen(0, '127.0.0.1');
  const client = await WsTestClient.connect(app, '/standard');
  const answer = await client.request('ping');
  await app.close();
  return [answer, await client.expectClose(1001)];
}

export async function run(AppModule: Type): Promise<void> {
  let client = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => (client += text));
  await once(process.stdin, 'end');
  const results = {
    message: await quickStart(AppModule, client),
    refused: await refused(AppModule),
    standard: await standard(),
  };
  process.stdout.write(`${JSON.stringify(results)}\n`);
  // Nothing is to keep the process alive now; whoever started it waits for its end.
}
