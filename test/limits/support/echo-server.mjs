// A server in a process of its own, so that what an attack costs it can be measured. Started by
// `EchoProcess` with the engine's URL and its options; answers over the channel to its parent.
const [engine, json] = process.argv.slice(2);
const { WebSocketServer } = await import(engine);
const { push = 0, ...options } = JSON.parse(json);

const errors = [];
process.on('uncaughtException', (error) => errors.push(String(error.stack)));
process.on('unhandledRejection', (error) => errors.push(String(error)));

const closes = [];
let messages = 0;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
server.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => {
    messages++;
    if (push === 0) ws.send(data, { binary: isBinary });
  });
  ws.on('close', (code) => closes.push(code));
});

if (push > 0) {
  const payload = Buffer.alloc(push);
  setInterval(() => {
    for (const ws of server.clients) ws.send(payload);
  }, 5);
}

function stats() {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    held: heapUsed + external,
    rss,
    peak: process.resourceUsage().maxRSS * 1024,
    cpu: (user + system) / 1000,
    connections: server.clients.size,
    messages,
    closes,
    errors,
  };
}

process.on('message', () => process.send(stats()));
process.on('disconnect', () => process.exit());
server.on('listening', () => process.send({ port: server.address().port }));
