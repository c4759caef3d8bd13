// Who gets to see the inspector: the page, its files and its socket, wherever the application serves them.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  UnauthorizedException,
  VersioningType,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ConnectionRegistry, WsConfigurationError, WsModule } from 'nestwire';
import { InspectorModule, type InspectorOptions } from 'nestwire/inspector';
import { closeApps, createApp, LogBook } from '../e2e/support/app.js';
import { Client, refusal } from '../e2e/support/client.js';
import { deferred } from '../e2e/support/deferred.js';
import { makeInspectorPage } from './support/assets.js';
import { AdminGuard, CONNECTIONS, COOKIE, inspect, startInspected } from './support/inspected.js';

const apps: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await closeApps();
});

/** On Fastify. */
async function startOnFastify(): Promise<{ url: string }> {
  await makeInspectorPage();

  @Module({ imports: [WsModule.forRoot(), InspectorModule.forRoot({ guard: AdminGuard })] })
  class FastifyModule {}

  const app = await NestFactory.create(FastifyModule, new FastifyAdapter(), { logger: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return { url: (await app.getUrl()).replace('http', 'ws') };
}

const SERVED: readonly (readonly [string, string, () => Promise<{ url: string }>])[] = [
  ['on Express', '/inspector', () => startInspected()],
  ['on Fastify', '/inspector', startOnFastify],
  ['at another path', '/ops/sockets', () => startInspected({ path: '/ops/sockets' })],
  [
    'behind a global prefix',
    '/api/inspector',
    () => startInspected({}, { configure: (app) => app.setGlobalPrefix('api') }),
  ],
  [
    'beside versions in the path',
    '/inspector',
    () =>
      startInspected(
        {},
        {
          configure: (app) =>
            app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' }),
        },
      ),
  ],
  [
    'beside versions in a header',
    '/inspector',
    () =>
      startInspected(
        {},
        {
          configure: (app) =>
            app.enableVersioning({ type: VersioningType.HEADER, header: 'v', defaultVersion: '2' }),
        },
      ),
  ],
];

const from = (origin: string, headers: Record<string, string> = COOKIE.headers) => ({
  headers: { ...headers, origin },
});

const message = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(WsConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

const get = (url: string, options?: RequestInit) => fetch(url.replace('ws:', 'http:'), options);

describe.each(SERVED)('an inspector %s', (where, path, start) => {
  // Fastify tells a path with a slash at the end from one without.
  const paths = where === 'on Fastify' ? [path] : [path, `${path}/`];

  it('shows a stranger nothing: no page, no file, no socket', async () => {
    const { url } = await start();
    for (const target of [...paths, `${path}/inspector.js`, `${path}/inspector.css`]) {
      const response = await get(url + target);
      expect([target, response.status]).toEqual([target, 403]);
      expect(await response.text()).not.toMatch(/<|inspector/i);
    }
    expect(await refusal(`${url}${path}/socket`)).toMatchObject({ status: 403 });
  });

  it('shows whom the guard lets in a page without anything inline, its files, and a socket', async () => {
    const { url } = await start();
    const page = await get(url + path, COOKIE);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const html = await page.text();
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)|\sstyle=|\son\w+=|https?:/);
    // With and without a slash at the end its files are found.
    for (const at of paths) {
      const text = await (await get(url + at, COOKIE)).text();
      const [, script = ''] = /<script type="module" src="([^"]+)">/.exec(text) ?? [];
      const [, style = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(text) ?? [];
      const [, socket = ''] = /data-socket="([^"]+)"/.exec(text) ?? [];
      const base = url.replace('ws:', 'http:') + at;
      const file = await fetch(new URL(script, base), COOKIE);
      expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect((await fetch(new URL(style, base), COOKIE)).headers.get('content-type')).toBe(
        'text/css; charset=utf-8',
      );
      expect(new URL(socket, base).pathname).toBe(`${path}/socket`);
    }
    const inspector = await inspect({ url }, `${path}/socket`);
    expect(await inspector.call('rights')).toEqual({
      payloads: false,
      actions: false,
      who: 'grace',
    });
    expect(await inspector.call('look', CONNECTIONS)).toMatchObject({ window: { total: 0 } });
    inspector.close();
  });
});

describe('the socket of an inspector', () => {
  const path = '/inspector/socket';

  it('is for pages of its own origin, whatever the module allows for the others', async () => {
    const { url, port } = await startInspected({}, { options: { allowedOrigins: '*' } });
    expect(await refusal(url + path, from('http://evil.example'))).toMatchObject({ status: 403 });
    expect(await refusal(url + path, from('null'))).toMatchObject({ status: 403 });
    const client = await Client.connect(url + path, from(`http://127.0.0.1:${port}`));
    await client.close();
  });

  it('is for no other origin although no cookie comes with it: an address may be what lets one in', async () => {
    @Injectable()
    class Everybody implements CanActivate {
      canActivate(): boolean {
        return true;
      }
    }
    const { url, port } = await startInspected({ guard: Everybody });
    expect(await refusal(url + path, from('http://evil.example', {}))).toMatchObject({
      status: 403,
    });
    const client = await Client.connect(url + path, from(`http://127.0.0.1:${port}`, {}));
    await client.close();
  });

  it('is for the pages that are named, where a proxy changes the Host', async () => {
    const allowedOrigins = ['https://ops.example'];
    const { url, port } = await startInspected({ allowedOrigins });
    expect(await refusal(url + path, from(`http://127.0.0.1:${port}`))).toMatchObject({
      status: 403,
    });
    const client = await Client.connect(url + path, from('https://ops.example'));
    await client.close();
  });

  it('speaks JSON, although the module has another codec for those that agree on none', async () => {
    const app = await startInspected({}, { options: { codecs: { '': 'msgpack' } } });
    const inspector = await inspect(app);
    expect((await inspector.call('rights')).who).toBe('grace');
    inspector.close();
  });

  it('is open where the application is full, and takes nobody a place', async () => {
    const { url, app } = await startInspected({}, { options: { connections: { total: 1 } } });
    const client = await Client.connect(`${url}/live`);
    const inspector = await inspect({ url });
    const tick = await inspector.call('look', CONNECTIONS);
    expect(tick).toMatchObject({ summary: { connections: 1, limit: 1 }, window: { total: 1 } });
    expect(app.get(ConnectionRegistry).size).toBe(1);
    inspector.close();
    await client.close();
  });
});

describe('a guard', () => {
  it('that is asynchronous is waited for; one that throws refuses with what it threw', async () => {
    const decided = deferred<boolean>();
    @Injectable()
    class Slow implements CanActivate {
      canActivate(): Promise<boolean> {
        return decided.promise;
      }
    }
    const slow = await startInspected({ guard: Slow });
    const page = get(`${slow.url}/inspector`);
    const client = refusal(`${slow.url}/inspector/socket`);
    decided.resolve(false);
    expect((await page).status).toBe(403);
    expect(await client).toMatchObject({ status: 403 });

    const broken = await startInspected({
      guard: {
        canActivate() {
          throw new UnauthorizedException('sign in');
        },
      },
    });
    const response = await get(`${broken.url}/inspector`);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('<');
    expect(await refusal(`${broken.url}/inspector/socket`)).toMatchObject({ status: 401 });
  });

  it('may be an instance, and may inject what the given modules export', async () => {
    @Injectable()
    class Staff {
      readonly names = ['grace'];
    }
    @Module({ providers: [Staff], exports: [Staff] })
    class StaffModule {}
    @Injectable()
    class StaffGuard implements CanActivate {
      constructor(private readonly staff: Staff) {}
      canActivate(): boolean {
        return this.staff.names.includes('grace');
      }
    }
    const { url } = await startInspected({ guard: StaffGuard, imports: [StaffModule] });
    expect((await get(`${url}/inspector`)).status).toBe(200);
  });
});

describe('an inspector that is not safe, or not whole', () => {
  it.each([
    [{}],
    [{ guard: undefined }],
    [{ guard: null }],
    [
      {
        guard: class NoGuard {
          canActivateNot = true;
        },
      },
    ],
    [{ guard: { canActivate: true } }],
    [{ guard: true }],
  ])('is refused without a guard: %p', (options) => {
    expect(message(() => InspectorModule.forRoot(options as InspectorOptions))).toMatch(
      /^Cannot read InspectorModule option guard: expected a guard, without which it is served to nobody, current value is /,
    );
  });

  it('is refused with an unknown option, and the name that was meant', () => {
    const options = { guard: AdminGuard, payload: true } as InspectorOptions;
    expect(message(() => InspectorModule.forRoot(options))).toMatch(
      /current value is payload; did you mean payloads\?$/,
    );
  });

  it('is refused twice in one application', async () => {
    await makeInspectorPage();
    const imports = ['/a', '/b'].map((path) =>
      InspectorModule.forRoot({ guard: AdminGuard, path }),
    );
    await expect(createApp({ imports }, new LogBook()).then((app) => app.init())).rejects.toThrow(
      'Cannot start InspectorModule: expected one import, current value is 2',
    );
  });

  it('is refused where gateways have a port of their own, which the page could not reach', async () => {
    await expect(startInspected({}, { options: { port: 0 } })).rejects.toThrow(
      'Cannot start InspectorModule: expected gateways on the server of the application, current value is a port of their own (WsModule option port)',
    );
  });
});
