import { connectLean } from 'nestwire/client';
import type { InspectorContract } from '../contract/inspector-contract.js';
import { App } from './app.js';

const socket = new URL(document.body.dataset['socket'] ?? 'socket', location.href);
socket.protocol = socket.protocol === 'https:' ? 'wss:' : 'ws:';
const client = connectLean<InspectorContract>(socket.href, {
  autoConnect: false,
  onError: () => {},
});
const app = new App(client);
document.body.append(app.root);
client.connect();
