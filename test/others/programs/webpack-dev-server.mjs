// needs: webpack-dev-server@^5 webpack@^5
import { mkdirSync, writeFileSync } from 'node:fs';
import webpack from 'webpack';
import WebpackDevServer from 'webpack-dev-server';
import WebSocket from 'ws';
import { check, done } from './checks.mjs';

mkdirSync('src', { recursive: true });
writeFileSync('src/index.js', 'console.log(1);');
const compiler = webpack({
  mode: 'development',
  entry: './src/index.js',
  stats: 'none',
  infrastructureLogging: { level: 'none' },
});
const server = new WebpackDevServer({ port: 'auto', host: '127.0.0.1', open: false }, compiler);
await server.start();
const { port } = server.server.address();
const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin: `http://127.0.0.1:${port}` });
const types = [];
const told = (type) =>
  new Promise((resolve) => {
    const look = () => types.includes(type) && resolve(type);
    ws.on('message', (data) => {
      types.push(JSON.parse(String(data)).type);
      look();
    });
    look();
  });
check('says that it is hot', await told('hot'), 'hot');
check('says that it is built', await told('ok'), 'ok');
types.length = 0;
writeFileSync('src/index.js', 'console.log(2);');
check('says that a file changed', await told('invalid'), 'invalid');
check('and is built again', await told('ok'), 'ok');
await server.stop();
done();
