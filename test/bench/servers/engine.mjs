// nestwire's engine under its own interface: what the hub and the gateways stand on.
import { createServer } from 'node:http';
import { announce, report, task } from './host.mjs';

const { DEFAULT_LIMITS, PreparedMessage, UpgradeRequest, UpgradeRouter } = await import(
  `${task.build}/dist/libs/engine/src/index.js`
);

// Written out, though they are the defaults: heartbeats, backpressure and every limit are on.
const options = {
  limits: { ...DEFAULT_LIMITS },
  ...(task.deflate ? { perMessageDeflate: { threshold: 0 } } : {}),
};
const transports = new Set();

function broadcast(message) {
  for (const transport of transports) transport.sendPrepared(message);
}

class Listener {
  transport;
  onString(text) {
    this.transport.sendText(text);
  }
  onBinary(payload) {
    this.transport.sendBinary(payload);
  }
  onPing() {}
  onPong() {}
  onDrain() {}
  onError(error) {
    report(error);
  }
  onClose() {
    transports.delete(this.transport);
  }
}

class BroadcastListener extends Listener {
  onString(text) {
    broadcast(PreparedMessage.text(text));
  }
  onBinary(payload) {
    broadcast(PreparedMessage.binary(payload));
  }
}

const server = createServer();
UpgradeRouter.of(server).mount({
  claims: () => true,
  handle(request, socket, head) {
    const upgrade = UpgradeRequest.read(request, socket, head, options);
    if (upgrade === null) return;
    const listener = task.feature === 'broadcast' ? new BroadcastListener() : new Listener();
    listener.transport = upgrade.accept({ listener });
    transports.add(listener.transport);
  },
});
server.listen(0, '127.0.0.1', 4096, () => announce(server.address().port));
