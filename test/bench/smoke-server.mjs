// One echo server under test: `node smoke-server.mjs ours|ws`. Reports its port to the parent.
const { WebSocketServer } = await import(
  process.argv[2] === 'ours' ? '../../dist/libs/engine/src/index.js' : 'ws'
);

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (ws) => {
  ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
});
server.on('listening', () => process.send({ port: server.address().port }));

// Asked where the system has no /proc to read the CPU time from.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.on('disconnect', () => process.exit());
