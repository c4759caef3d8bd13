import { afterEach, describe, expect, it } from '@jest/globals';
import {
  RequestMethod,
  VERSION_NEUTRAL,
  VersioningType,
  type INestApplication,
  type VersioningOptions,
} from '@nestjs/common';
import { OnMessage, WsGateway } from 'nestwire';
import { closeApps, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@WsGateway({ path: '/chat', version: '1' })
class FirstGateway {
  @OnMessage('version')
  version(): string {
    return 'first';
  }
}

@WsGateway({ path: '/chat', version: ['2', '3'] })
class SecondGateway {
  @OnMessage('version')
  version(): string {
    return 'second';
  }
}

@WsGateway({ path: '/chat', version: VERSION_NEUTRAL })
class NeutralGateway {
  @OnMessage('version')
  version(): string {
    return 'neutral';
  }
}

@WsGateway('/plain')
class PlainGateway {
  @OnMessage('version')
  version(): string {
    return 'plain';
  }
}

async function start(
  versioning: VersioningOptions | undefined,
  configure: (app: INestApplication) => void = () => {},
  providers = [FirstGateway, SecondGateway, PlainGateway],
): Promise<string> {
  const { url } = await startApp({
    providers,
    configure: (app) => {
      if (versioning !== undefined) app.enableVersioning(versioning);
      configure(app);
    },
  });
  return url;
}

async function version(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const client = await Client.connect(url, { headers });
  return (await client.ask('version')).data;
}

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await refusal(url, { headers })).status;
}

const extractor = (request: unknown): string[] => {
  const { url } = request as { url: string };
  if (url.includes('broken')) throw new Error('cannot read version');
  return new URL(url, 'http://a').searchParams.getAll('v');
};

describe('versions of gateways', () => {
  it('are segments of the path with URI versioning', async () => {
    const url = await start({ type: VersioningType.URI });
    expect(await version(`${url}/v1/chat`)).toBe('first');
    expect(await version(`${url}/v2/chat`)).toBe('second');
    expect(await version(`${url}/v3/chat`)).toBe('second');
    expect(await version(`${url}/plain`)).toBe('plain');
    expect(await status(`${url}/chat`)).toBe(404);
    expect(await status(`${url}/v4/chat`)).toBe(404);
  });

  it('have the prefix and the default version that the application chose, behind its global prefix', async () => {
    const url = await start(
      { type: VersioningType.URI, prefix: 'ver', defaultVersion: '9' },
      (app) => app.setGlobalPrefix('api'),
    );
    expect(await version(`${url}/api/ver1/chat`)).toBe('first');
    expect(await version(`${url}/api/ver9/plain`)).toBe('plain');
  });

  it('stand in no path when they are neutral', async () => {
    const url = await start({ type: VersioningType.URI }, undefined, [
      FirstGateway,
      NeutralGateway,
    ]);
    expect(await version(`${url}/chat`)).toBe('neutral');
    expect(await version(`${url}/v1/chat`)).toBe('first');
  });

  it('are told apart by a header', async () => {
    const url = await start({ type: VersioningType.HEADER, header: 'X-Version' });
    expect(await version(`${url}/chat`, { 'x-version': '1' })).toBe('first');
    expect(await version(`${url}/chat`, { 'x-version': '3' })).toBe('second');
    expect(await version(`${url}/plain`, { 'x-version': '7' })).toBe('plain');
    expect(await status(`${url}/chat`, { 'x-version': '7' })).toBe(404);
    expect(await status(`${url}/chat`)).toBe(404);
  });

  it('are told apart by the media type, a neutral one taking everybody else', async () => {
    const url = await start({ type: VersioningType.MEDIA_TYPE, key: 'v=' }, undefined, [
      FirstGateway,
      NeutralGateway,
    ]);
    expect(await version(`${url}/chat`, { accept: 'application/json; v=1' })).toBe('first');
    expect(await version(`${url}/chat`)).toBe('neutral');
  });

  it('are told apart by an extractor, for instance by the query, which a browser can set', async () => {
    const url = await start({ type: VersioningType.CUSTOM, extractor });
    expect(await version(`${url}/chat?v=1`)).toBe('first');
    expect(await version(`${url}/chat?v=8&v=2`)).toBe('second');
    expect(await status(`${url}/chat?broken`)).toBe(404);
  });

  it('say nothing until the application enables versioning, as with controllers', async () => {
    const url = await start(undefined, undefined, [FirstGateway]);
    expect(await version(`${url}/chat`)).toBe('first');
  });
});

describe('the global prefix', () => {
  it('is left out for excluded paths, whatever their version', async () => {
    const url = await start({ type: VersioningType.URI }, (app) =>
      app.setGlobalPrefix('api', {
        exclude: ['chat', { path: 'plain', method: RequestMethod.POST }],
      }),
    );
    expect(await version(`${url}/v1/chat`)).toBe('first');
    expect(await status(`${url}/api/v1/chat`)).toBe(404);
    // An upgrade is a GET, and only POST was excluded here.
    expect(await version(`${url}/api/plain`)).toBe('plain');
  });
});
