import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
// SIGINT and SIGTERM close every connection properly, with a code that says why.
app.enableShutdownHooks();
const server = await app.listen(process.env['PORT'] ?? 3000);
const { port } = server.address() as AddressInfo;
console.log(`\nChat: http://localhost:${port} (open it in two tabs)\n`);
