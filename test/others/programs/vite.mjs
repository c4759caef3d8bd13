// needs: vite@^6
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'vite';
import WebSocket from 'ws';
import { check, done, listen, next } from './checks.mjs';
import { createServer as createHttp } from 'node:http';

// Vite bundles its own `ws`: what is tried is our client with its server, and its server beside ours.
mkdirSync('app', { recursive: true });
writeFileSync('app/index.html', '<script type="module" src="/main.js"></script>');
writeFileSync('app/main.js', 'export const a = 1; import.meta.hot?.accept();');
const http = createHttp();
const vite = await createServer({
  root: 'app',
  logLevel: 'silent',
  server: { middlewareMode: true, hmr: { server: http } },
});
http.on('request', vite.middlewares);
const port = await listen(http);
const token = /const wsToken = "([^"]+)"/.exec(
  await (await fetch(`http://127.0.0.1:${port}/@vite/client`)).text(),
)?.[1];
const ws = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`, 'vite-hmr', {
  origin: `http://127.0.0.1:${port}`,
});
check('the HMR server greets', JSON.parse(String(await next(ws, 'message'))), {
  type: 'connected',
});
await fetch(`http://127.0.0.1:${port}/main.js`);
const update = next(ws, 'message');
vite.ws.send({ type: 'custom', event: 'mine', data: 1 });
check('an event arrives', JSON.parse(String(await update)).event, 'mine');
const heard = new Promise((resolve) => vite.ws.on('ask', (data) => resolve(data)));
ws.send(JSON.stringify({ type: 'custom', event: 'ask', data: 2 }));
check('the server hears', await heard, 2);
done();
