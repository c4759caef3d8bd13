import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { listen } from '../../../shared/src/listen.js';
import { BROKERS } from '../brokers.js';
import { placeFromEnvironment } from '../place.js';
import { AppModule } from './app.module.js';

/** Runs one node: a Nest application like any other. */
export async function startNode(): Promise<void> {
  const place = placeFromEnvironment();
  const { number, broker, first, nodes } = place;
  const app = await NestFactory.create(AppModule.at(place), {
    logger: new ConsoleLogger({ prefix: `Node ${number}` }),
  });
  // Ctrl-C reaches all processes of a terminal; the primary ends the nodes, in its own order.
  process.on('SIGINT', () => {});
  app.enableShutdownHooks(['SIGTERM']);
  const { title } = BROKERS[broker];
  if (first)
    await listen(app, '04-cluster', `Chat on ${nodes} nodes over ${title}`, 'open it in two tabs');
  else await app.listen(Number(process.env['PORT'] ?? 3000));
  if (process.exitCode === 1) process.exit();
}
