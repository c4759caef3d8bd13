import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { listen } from '../../shared/src/listen.js';
import { AppModule } from './app.module.js';
import { startTelemetry } from './telemetry.js';

await startTelemetry();
const app = await NestFactory.create(AppModule);
// SIGINT and SIGTERM close every connection properly, with a code that says why.
app.enableShutdownHooks();
await listen(app, '10-operations', 'Operations');
