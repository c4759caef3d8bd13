// needs: engine.io@^6 engine.io-client@^6
import { createServer } from 'node:http';
import { attach } from 'engine.io';
import { Socket } from 'engine.io-client';
import { check, done, listen, next } from './checks.mjs';

const http = createServer();
const engine = attach(http, { perMessageDeflate: { threshold: 0 } });
engine.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
const port = await listen(http);

const direct = new Socket(`ws://127.0.0.1:${port}`, { transports: ['websocket'] });
await next(direct, 'open');
direct.send('hello');
check('text comes back', await next(direct, 'message'), 'hello');
direct.send(Buffer.from([1, 2, 3]));
check('bytes come back', Buffer.from(await next(direct, 'message')), Buffer.from([1, 2, 3]));
direct.send('x'.repeat(100_000));
check('a long text comes back', (await next(direct, 'message')).length, 100_000);

const upgraded = new Socket(`ws://127.0.0.1:${port}`, { transports: ['polling', 'websocket'] });
await next(upgraded, 'upgrade');
check('polling is upgraded', upgraded.transport.name, 'websocket');
upgraded.send('still there');
check('and goes on', await next(upgraded, 'message'), 'still there');
const closed = next(direct, 'close');
direct.close();
check('a close is told', await closed, 'forced close');
done();
