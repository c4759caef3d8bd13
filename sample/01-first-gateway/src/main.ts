import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { listen } from '../../shared/src/listen.js';
import { PageAppModule } from './page-app.module.js';

const app = await NestFactory.create(PageAppModule);
// SIGINT and SIGTERM close every connection properly, with a code that says why.
app.enableShutdownHooks();
await listen(app, '01-first-gateway', 'First gateway', 'open it in two tabs');
