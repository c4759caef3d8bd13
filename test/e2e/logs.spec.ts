import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UnauthorizedException } from '@nestjs/common';
import { OnMessage, VerifyClient, WsGateway } from 'nestwire';
import { closeApps, startApp, type LogBook } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

@WsGateway('/vault/:name')
class VaultGateway {
  @VerifyClient()
  verify(request: { url: string }): boolean {
    throw new UnauthorizedException(`No such token: ${request.url}`);
  }

  @OnMessage('open')
  open(): void {}
}

function lines(log: LogBook): string[] {
  return log.lines
    .filter(({ level, context }) => level === 'debug' && context === 'WsUpgrades')
    .map(({ message }) => message);
}

describe('an upgrade that was refused', () => {
  it('leaves a debug line with path, status and reason, and not a word of its client', async () => {
    const { url, port, log } = await startApp({ providers: [VaultGateway] });
    await expect(Client.connect(`${url}/vault/secret?token=hunter2`)).rejects.toThrow();
    const bad = connect(port, '127.0.0.1');
    bad.end(
      'GET /vault/hunter2 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: hunter2\r\n\r\n',
    );
    bad.resume();
    await once(bad, 'close');
    expect(lines(log)).toEqual([
      'Cannot upgrade on /vault/:name: 401 (UnauthorizedException)',
      expect.stringMatching(/^Cannot upgrade on \/vault\/:name: 4\d\d \(.+\)$/),
    ]);
    expect(log.lines.filter(({ message }) => message.includes('hunter2'))).toEqual([]);
  });

  it('does not fill a log, however many there are', async () => {
    const { url, log } = await startApp({ providers: [VaultGateway] });
    const from = Date.now();
    await Promise.allSettled(
      Array.from({ length: 60 }, () => Client.connect(`${url}/vault/secret`)),
    );
    const seconds = Math.ceil((Date.now() - from) / 1_000) + 1;
    expect(lines(log).length).toBeGreaterThan(0);
    expect(lines(log).length).toBeLessThanOrEqual(Math.min(60, 5 * seconds));
  });
});
