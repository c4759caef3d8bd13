// needs: rpc-websockets@^10
import { Client, Server } from 'rpc-websockets';
import { check, done, next } from './checks.mjs';

const server = new Server({ port: 0, host: '127.0.0.1' });
await next(server, 'listening');
server.register('sum', ([a, b]) => a + b);
server.event('news');
const client = new Client(`ws://127.0.0.1:${server.wss.address().port}`, { reconnect: false });
await next(client, 'open');
check('a call is answered', await client.call('sum', [2, 3]), 5);
await client.subscribe('news');
const heard = next(client, 'news');
server.emit('news', 'today');
check('an event arrives', await heard, 'today');
check(
  'an unknown method is an error',
  (await client.call('nothing').catch((error) => error)).code,
  -32601,
);
const closed = next(client, 'close');
client.close();
check('closes', await closed, 1000);
done();
