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
      `https://127.0.0.1:${port + 1}`,
    ]) {
      expect(await statusOf(url, { origin, cookie })).toBe(403);
    }
    // A proxy may have ended TLS, and who sends no Origin is no page.
    expect(await statusOf(url, { origin: `https://127.0.0.1:${port}`, cookie })).toBe(101);
    expect(await statusOf(url, { cookie })).toBe(101);
    // The browser adds HTTP authentication by itself, just as cookies.
    expect(
      await statusOf(url, { origin: 'https://evil.example', authorization: 'Basic eDp5' }),
    ).toBe(403);
    expect(await statusOf(url, { authorization: 'Bearer x' })).toBe(101);
  });

  it('from its own origin behind a proxy, whose word on the scheme counts when it is trusted', async () => {
    for (const [trustedProxies, proto, status] of [
      [['127.0.0.1'], 'https', 101],
      [['127.0.0.1'], 'https, http', 101],
      [['127.0.0.1'], 'http', 403],
      [[], 'http', 101],
    ] as const) {
      const { url, port } = await startApp({
        providers: [gateway({})],
        options: { trustedProxies },
      });
      const headers = { origin: `https://127.0.0.1:${port}`, cookie, 'x-forwarded-proto': proto };
      expect(await statusOf(url, headers)).toBe(status);
    }
  });

  it('from elsewhere only by the option, which the refusal names and the log once', async () => {
    const { url, log } = await startApp({ providers: [gateway({})] });
    for (let count = 0; count < 2; count++) {
      const headers = { origin: 'https://app.example', cookie };
      expect((await refusal(url, { headers })).body).toContain('allowedOrigins');
    }
    expect(log.of('warn')).toEqual([
      expect.stringMatching(/"https:\/\/app\.example".*"127\.0\.0\.1:\d+".*allowedOrigins/),
    ]);
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
