import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { NestwireAdapter } from 'nestwire';
import { listen } from '../../shared/src/listen.js';
import { AppModule } from './app.module.js';

const standard = process.env['ADAPTER'] === 'ws';

const app = await NestFactory.create(AppModule);
// This line is the whole migration. ADAPTER=ws runs what there was before, to compare.
app.useWebSocketAdapter(standard ? new WsAdapter(app) : new NestwireAdapter(app));
app.enableShutdownHooks();
await listen(app, '07-platform-ws', 'Poll', `on ${standard ? '@nestjs/platform-ws' : 'Nestwire'}`);
