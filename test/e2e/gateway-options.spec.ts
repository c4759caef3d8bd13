import { afterEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, Scope, type ModuleMetadata } from '@nestjs/common';
import { OnMessage, WsGateway, type WsGatewayOptions } from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client, refusal } from './support/client.js';

afterEach(closeApps);

@Injectable()
class Settings {
  readonly path = '/from-settings';
  readonly maxPayload = 60;
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

/** A gateway with the given options in a module that sees `Settings` only by importing it. */
function featureModule(options: WsGatewayOptions, imports: ModuleMetadata['imports']): object {
  @WsGateway(options)
  class FeatureGateway {
    @OnMessage('ping')
    ping(): string {
      return 'pong';
    }
  }
  @Module({ imports, providers: [FeatureGateway] })
  class FeatureModule {}
  return FeatureModule;
}

async function startError(options: WsGatewayOptions, imports = [SettingsModule]): Promise<string> {
  const feature = featureModule(options, imports) as new () => object;
  try {
    const app = await createApp({ imports: [feature] });
    await app.init();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected the application not to start');
}

const fromSettings = (settings: Settings): WsGatewayOptions => ({
  path: settings.path,
  limits: { maxPayload: settings.maxPayload },
});

describe('options of a gateway from a factory', () => {
  it('come from providers that its module sees, over those beside it', async () => {
    const feature = featureModule(
      { path: '/replaced', concurrency: 2, inject: [Settings], useFactory: fromSettings },
      [SettingsModule],
    );
    const { url } = await startApp({ imports: [feature as new () => object] });
    const client = await Client.connect(`${url}/from-settings`);
    expect((await client.ask('ping')).data).toBe('pong');
    expect((await refusal(`${url}/replaced`)).status).toBe(404);
    client.send('ping', 'x'.repeat(60));
    expect((await client.closed).code).toBe(1009);
  });

  it('may be awaited, and may do without an optional provider', async () => {
    const feature = featureModule(
      {
        inject: [{ token: 'missing', optional: true }, Settings],
        useFactory: async (missing: unknown, settings: Settings) => {
          await Promise.resolve();
          return { path: `${settings.path}/${String(missing)}` };
        },
      },
      [SettingsModule],
    );
    const { url } = await startApp({ imports: [feature as new () => object] });
    await Client.connect(`${url}/from-settings/undefined`);
  });

  it('name what is wrong at start: a provider the module does not see, an option, a result', async () => {
    const unseen = await startError({ inject: [Settings], useFactory: fromSettings }, []);
    expect(unseen).toContain('FeatureGateway (useFactory)');
    expect(unseen).toContain('Settings');
    expect(await startError({ useFactory: () => ({ concurrency: 0 }) })).toContain(
      'Cannot read option of gateway FeatureGateway: concurrency',
    );
    expect(await startError({ useFactory: () => ({ pth: '/a' }) as object })).toContain(
      'current value is pth',
    );
    expect(await startError({ useFactory: () => undefined as never })).toContain(
      'expected useFactory to return an object, current value is undefined',
    );
    expect(await startError({ inject: [Settings] })).toContain('inject is set without useFactory');
  });

  it('cannot come from a request-scoped provider: there is no request when the application starts', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {}
    @Module({ providers: [Scoped], exports: [Scoped] })
    class ScopedModule {}
    const options = { inject: [Scoped], useFactory: () => ({}) };
    expect(await startError(options, [ScopedModule])).toContain('request-scoped');
  });

  it('do not change how the gateway itself is injected', async () => {
    @WsGateway({ inject: [Settings], useFactory: fromSettings })
    class OwnDependencies {
      constructor(@Inject(Settings) private readonly settings: Settings) {}
      @OnMessage('path')
      path(): string {
        return this.settings.path;
      }
    }
    const { url } = await startApp({ imports: [SettingsModule], providers: [OwnDependencies] });
    const client = await Client.connect(`${url}/from-settings`);
    expect((await client.ask('path')).data).toBe('/from-settings');
  });
});
