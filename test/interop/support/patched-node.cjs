// Patches functions of Node as tracers, mocks and agents of proxies do, then runs clients and servers of the
// engine. Started with the engine's URL, 'esm' or 'cjs', and whether to patch before the engine is loaded.
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const { once } = require('node:events');

const [engine, how, when, key, cert] = process.argv.slice(2);
const calls = {};

function count(name) {
  calls[name] = (calls[name] ?? 0) + 1;
}

/** Replaces one function of a module, on what `require` gives or on what `import` gives as default. */
function patch(modules) {
  for (const [name, method] of [
    ['http', 'request'],
    ['https', 'request'],
    ['net', 'connect'],
    ['tls', 'connect'],
    ['http', 'createServer'],
  ]) {
    const module = modules[name];
    const original = module[method];
    module[method] = function (...args) {
      count(`${name}.${method}`);
      return original.apply(this, args);
    };
  }
  // As those who follow requests through a server.
  const { emit } = modules.http.Server.prototype;
  modules.http.Server.prototype.emit = function (event, ...args) {
    if (event === 'upgrade') count('Server.emit');
    return emit.call(this, event, ...args);
  };
  // As mocks do it: what is asked of this host goes to another, whoever asks.
  const { request } = modules.http;
  modules.http.request = function (options, ...rest) {
    const mocked = options.host === 'mocked.test';
    if (mocked) count('mocked');
    const given = mocked ? { ...options, host: '127.0.0.1', port: mockedPort } : options;
    return request.call(this, given, ...rest);
  };
}

let mockedPort = 0;

async function opened(WebSocket, ...args) {
  const ws = new WebSocket(...args);
  await once(ws, 'open');
  ws.send('echo');
  const [data] = await once(ws, 'message');
  ws.close();
  await once(ws, 'close');
  return String(data);
}

const echo = (ws) => ws.on('message', (data) => ws.send(data));

async function main() {
  const modules =
    how === 'cjs'
      ? { http, https, net, tls }
      : {
          http: (await import('node:http')).default,
          https: (await import('node:https')).default,
          net: (await import('node:net')).default,
          tls: (await import('node:tls')).default,
        };
  if (when === 'before') patch(modules);
  const { WebSocket, WebSocketServer } = await import(engine);
  if (when === 'after') patch(modules);

  const plain = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  plain.on('connection', echo);
  await once(plain, 'listening');
  const secure = https.createServer({ key, cert });
  const overTls = new WebSocketServer({ server: secure });
  overTls.on('connection', echo);
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  mockedPort = plain.address().port;

  const ws = `ws://127.0.0.1:${mockedPort}`;
  const wss = `wss://127.0.0.1:${secure.address().port}`;
  const trusting = { rejectUnauthorized: false };
  const steps = {};
  const step = async (name, ...args) => {
    for (const one of Object.keys(calls)) delete calls[one];
    const said = await opened(WebSocket, ...args);
    steps[name] = { said, ...calls };
  };
  steps.server = { ...calls };
  await step('ws', ws);
  await step('wss', wss, trusting);
  const agent = new http.Agent();
  const secureAgent = new https.Agent(trusting);
  await step('ws by an agent', ws, { agent });
  await step('wss by an agent', wss, { agent: secureAgent });
  await step('ws to a mocked host', 'ws://mocked.test');
  agent.destroy();
  secureAgent.destroy();
  plain.close();
  overTls.close();
  secure.close();
  process.stdout.write(JSON.stringify(steps));
}

void main();
