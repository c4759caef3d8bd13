import { closeHttpServers } from '../../../libs/engine/src/testing-fixtures/http-servers.js';
import { closeHttp2 } from '../../../libs/engine/src/testing-fixtures/http2-peers.js';
import { closeRawPeers } from '../../../libs/engine/src/testing-fixtures/raw-peer.js';
import { closeRawServers } from '../../../libs/engine/src/testing-fixtures/raw-server.js';
import { closeServers } from '../../../libs/engine/src/testing-fixtures/websocket-servers.js';

/** Ends every peer, server and connection that the fixtures have opened. */
export async function closeAll(): Promise<void> {
  await closeRawPeers();
  await closeServers();
  await closeRawServers();
  await closeHttpServers();
  await closeHttp2();
}
