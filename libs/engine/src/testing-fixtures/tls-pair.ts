import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { SocketPair } from './socket-pair.js';
import { TEST_CERTIFICATE } from './test-certificate.js';

const open = new Set<TLSSocket>();

/** A TLS connection over 127.0.0.1; both ends stay half-open until each is ended. */
export async function tlsPair(): Promise<SocketPair> {
  const server = createServer({ ...TEST_CERTIFICATE, allowHalfOpen: true });
  const accepted = once(server, 'secureConnection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const far = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const [near] = (await accepted) as [TLSSocket];
  server.close();
  open.add(near).add(far);
  return { near, far };
}

/** Destroys every socket handed out. */
export function closeTlsPairs(): void {
  for (const socket of open) socket.on('error', () => {}).destroy();
  open.clear();
}
