import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AsyncApiModule } from 'nestwire/asyncapi';
import { listen } from '../../shared/src/listen.js';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
// SIGINT and SIGTERM close every connection properly, with a code that says why.
app.enableShutdownHooks();
// What the gateway takes and sends: http://localhost:3000/asyncapi
AsyncApiModule.setup('/asyncapi', app);
await listen(app, '09-board', 'Kanban board');
