// nestwire's engine under its own interface, with its defaults.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { announce, closed, nextPush, PUSH, task } from './host.mjs';

const { PreparedMessage, UpgradeRequest, UpgradeRouter } = await import(
  `${task.build}/dist/libs/engine/src/index.js`
);

const options = {
  ...(task.deflate ? { perMessageDeflate: true } : {}),
  ...(task.limits === undefined ? {} : { limits: task.limits }),
};
const transports = new Set();
const subscribers = new Set();

class Listener {
  hearsPings = false;
  hearsPongs = false;

  onString(text) {
    this.transport.sendText(text);
  }
  onBinary(payload) {
    this.transport.sendBinary(payload);
  }
  onPing() {}
  onPong() {}
  onDrain() {}
  onError() {}
  onClose(code) {
    closed(code);
    transports.delete(this.transport);
    subscribers.delete(this.transport);
  }
}

const server = task.http2 ? createHttp2Server() : createServer();
UpgradeRouter.of(server).mount({
  claims: () => true,
  handle(request, socket, head) {
    const upgrade = UpgradeRequest.read(request, socket, head, options);
    if (upgrade === null) return;
    const listener = new Listener();
    listener.transport = upgrade.accept({ listener });
    transports.add(listener.transport);
    if (request.url === PUSH.path) subscribers.add(listener.transport);
  },
});
setInterval(() => {
  if (subscribers.size === 0) return;
  const message = PreparedMessage.text(nextPush());
  for (const transport of subscribers) transport.sendPrepared(message);
}, PUSH.interval);
server.listen(0, '127.0.0.1', 4_096, () => announce(server.address().port, () => transports.size));
