// The packed package in an empty application, on every Node: what a person does first.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installNode, NODES } from '../installed-node.mjs';

const PEERS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  'reflect-metadata',
  'rxjs',
];

/** A gateway without decorators' syntax, which Node does not read, and the client that calls it. */
const PROGRAM = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, OnMessage, WsGateway, WsModule } from 'nestwire';
import { connect } from 'nestwire/client';

class EchoGateway {
  echo(data) {
    return data;
  }
}
MessageBody()(EchoGateway.prototype, 'echo', 0);
OnMessage('echo')(
  EchoGateway.prototype,
  'echo',
  Object.getOwnPropertyDescriptor(EchoGateway.prototype, 'echo'),
);
WsGateway('/echo')(EchoGateway);

class AppModule {}
Module({ imports: [WsModule.forRoot({})], providers: [EchoGateway] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const client = connect(\`ws://127.0.0.1:\${app.getHttpServer().address().port}/echo\`);
const answer = await client.call('echo', { text: 'hello' });
client.close();
await app.close();
console.log(JSON.stringify(answer));
`;

/**
 * Installs the tarball into an empty application below `folder` and runs it.
 * @returns a line for each version of Node
 * @throws {Error} when one of them answers something else
 */
export function tryOut(tarball, folder) {
  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...PEERS];
  execFileSync('npm', args, { cwd: app, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(join(app, 'main.js'), PROGRAM);
  const programs = [process.execPath, ...NODES.map(installNode)];
  return programs.map((node) => {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    const options = { cwd: app, encoding: 'utf8', timeout: 60_000 };
    const said = execFileSync(node, ['--no-warnings', 'main.js'], options).trim();
    if (said !== '{"text":"hello"}') {
      throw new Error(`Cannot release: on Node ${version} the echo is ${said}`);
    }
    return `Node ${version}: a gateway answers a client`;
  });
}
