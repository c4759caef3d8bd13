import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { NestwireAdapter } from 'nestwire';
import { AppModule } from './app.module.js';

const wanted = Number(process.env['PORT'] ?? 3000);
const standard = process.env['ADAPTER'] === 'ws';

const app = await NestFactory.create(AppModule);
// This line is the whole migration. ADAPTER=ws runs what there was before, to compare.
app.useWebSocketAdapter(standard ? new WsAdapter(app) : new NestwireAdapter(app));
app.enableShutdownHooks();
try {
  const server = await app.listen(wanted);
  const { port } = server.address() as AddressInfo;
  console.log(
    `\nPoll on ${standard ? '@nestjs/platform-ws' : 'Nestwire'}: http://localhost:${port}\n`,
  );
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`\nCannot start the poll: ${reason}`);
  console.error('Another port: PORT=3001 npm run sample 07-platform-ws\n');
  await app.close();
  process.exitCode = 1;
}
