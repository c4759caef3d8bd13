import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const wanted = Number(process.env['PORT'] ?? 3000);

const app = await NestFactory.create(AppModule);
// SIGINT and SIGTERM close every connection properly, with a code that says why.
app.enableShutdownHooks();
try {
  const server = await app.listen(wanted);
  const { port } = server.address() as AddressInfo;
  console.log(`\nNotifications: http://localhost:${port}\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`\nCannot start the notifications: ${reason}`);
  console.error('Another port: PORT=3001 npm run sample 08-notifications\n');
  await app.close();
  process.exitCode = 1;
}
