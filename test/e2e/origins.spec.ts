import { afterEach, describe, expect, it } from '@jest/globals';
import { OnMessage, WsGateway, type ConnectionOptions } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

function gateway(options: ConnectionOptions): new () => object {
  @WsGateway({ path: '/', ...options })
  class OriginGateway {
    @OnMessage('ping')
    ping(): string {
      return 'pong';
    }
  }
  return OriginGateway;
}

/** 101, or the status of the refusal. */
async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  try {
    await (await Client.connect(url, { headers })).close();
    return 101;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

const cookie = 'session=1';

describe('a page may connect', () => {
  it('from anywhere without cookies, with them only from the origin it goes to', async () => {
    const { url, port } = await startApp({ providers: [gateway({})] });
    const own = `http://127.0.0.1:${port}`;
    expect(await statusOf(url, { origin: 'https://evil.example' })).toBe(101);
    expect(await statusOf(url, { origin: own, cookie })).toBe(101);
    for (const origin of [
      'https://evil.example',
      `${own}.evil.example`,
      'null',
      `https://127.0.0.1:${port}`,
    ]) {
      expect(await statusOf(url, { origin, cookie })).toBe(403);
    }
    // The browser adds HTTP authentication by itself, just as cookies.
    expect(
      await statusOf(url, { origin: 'https://evil.example', authorization: 'Basic eDp5' }),
    ).toBe(403);
    expect(await statusOf(url, { authorization: 'Bearer x' })).toBe(101);
  });

  it('from its own origin behind a proxy that ends TLS, when that is trusted', async () => {
    for (const [trustedProxies, status] of [
      [['127.0.0.1'], 101],
      [[], 403],
    ] as const) {
      const { url, port } = await startApp({
        providers: [gateway({})],
        options: { trustedProxies },
      });
      const headers = { origin: `https://127.0.0.1:${port}`, cookie, 'x-forwarded-proto': 'https' };
      expect(await statusOf(url, headers)).toBe(status);
    }
  });

  it('when it is on the list of the gateway, which is before that of the module', async () => {
    const listed = gateway({ allowedOrigins: ['https://app.example:8443'] });
    const { url } = await startApp({
      providers: [listed],
      options: { allowedOrigins: ['https://other.example'] },
    });
    expect(await statusOf(url, { origin: 'https://app.example:8443', cookie })).toBe(101);
    expect(await statusOf(url, { origin: 'https://app.example', cookie })).toBe(403);
    expect(await statusOf(url, { origin: 'https://other.example' })).toBe(403);
    expect((await refusal(url, { headers: { origin: 'null' } })).body).toContain('allowedOrigins');
  });

  it("from everywhere, cookies or not, with '*'", async () => {
    const { url } = await startApp({
      providers: [gateway({})],
      options: { allowedOrigins: '*' },
    });
    expect(await statusOf(url, { origin: 'https://evil.example', cookie })).toBe(101);
  });
});
