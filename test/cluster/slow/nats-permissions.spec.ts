// The permissions that docs/scaling.md gives an application on a NATS server are enough for all a broker does.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { natsBroker } from 'nestwire/nats';
import { ROOT } from '../../support/sources.js';
import { describeBroker } from '../support/broker-contract.js';
import { NatsServer } from '../support/nats-server.js';

const folder = mkdtempSync(join(tmpdir(), 'nestwire-permissions-'));
const file = join(folder, 'nats.conf');
let server: NatsServer;

beforeAll(async () => {
  const page = readFileSync(join(ROOT, 'docs/scaling.md'), 'utf8');
  const [, config = ''] = /```text nats\.conf\n([^]*?)```/.exec(page) ?? [];
  expect(config).toContain('authorization');
  writeFileSync(file, config);
  server = await NatsServer.start({ args: ['-c', file] });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describeBroker('nats with the permissions of docs/scaling.md', () => ({
  broker: () =>
    natsBroker({
      servers: server.url,
      app: 'chat',
      options: { user: 'chat', pass: 'change me', inboxPrefix: '_INBOX_chat' },
    }),
  restartEmpty: async () => {
    await server.kill();
    server.empty();
    await server.start();
  },
}));

it('asks for nothing that they refuse', () => {
  expect(server.log).not.toContain('Violation');
});
