import { channel } from 'node:diagnostics_channel';
import { createNoopMeter, context, metrics as globalMetrics, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { OnMessage, WsConfigurationError, WsGateway } from 'nestwire';
import { TelemetryModule, type TelemetryOptions } from 'nestwire/telemetry';
import { loadOpenTelemetry } from '../../src/telemetry/api/open-telemetry.js';
import { closeApps, startApp, type TestApp } from '../e2e/support/app.js';
import { Client } from '../e2e/support/client.js';
import { TestMetrics, TestTraces } from './support/sdk.js';

const CHANNELS = [
  'nestwire:upgrade:begin',
  'nestwire:hub:open',
  'nestwire:message:begin',
  'nestwire:message:end',
  'nestwire:message:received',
  'nestwire:message:sent',
  'nestwire:broadcast:begin',
  'nestwire:room:recovered',
];

@WsGateway('/echo')
class EchoGateway {
  @OnMessage('echo')
  echo(): string {
    return 'heard';
  }
}

function start(options: TelemetryOptions): Promise<TestApp> {
  return startApp({ providers: [EchoGateway], imports: [TelemetryModule.forRoot(options)] });
}

async function echo(url: string): Promise<unknown> {
  const client = await Client.connect(`${url}/echo`);
  client.send('echo', null, 1);
  const { data } = await client.next();
  client.socket.close();
  return data;
}

function heard(): string[] {
  return CHANNELS.filter((name) => channel(name).hasSubscribers);
}

afterEach(async () => {
  await closeApps();
  context.disable();
  jest.restoreAllMocks();
});

const thrown = (): never => {
  throw new Error('of the provider');
};

describe('telemetry that fails', () => {
  it('harms no client when its tracer throws, in whatever it does', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { url } = await start({
      metrics: false,
      tracerProvider: {
        getTracer: () => ({ startSpan: thrown, startActiveSpan: thrown }),
      },
    });
    expect(await echo(url)).toBe('heard');
    expect(await echo(url)).toBe('heard');
    const codes = warn.mock.calls.map(([, options]) => (options as { code: string }).code);
    expect(new Set(codes)).toEqual(new Set(['NESTWIRE_LISTENER_FAILED']));
    // Once for each channel, not once for each message.
    expect(codes).toHaveLength(2);
  });

  it('harms no client when spans throw', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const traces = new TestTraces();
    const real = traces.provider.getTracer('x');
    const { url } = await start({
      metrics: false,
      tracerProvider: {
        getTracer: () => ({
          startSpan: () =>
            Object.assign(real.startSpan('x'), { setAttribute: thrown, end: thrown }),
          startActiveSpan: thrown,
        }),
      },
    });
    expect(await echo(url)).toBe('heard');
  });

  it('harms no client when its context manager throws: the handler runs, once', async () => {
    const traces = new TestTraces();
    context.disable();
    context.setGlobalContextManager({
      active: () => context.active(),
      bind: (_context, target) => target,
      disable: () => context as never,
      enable: () => context as never,
      with: thrown,
    });
    jest.spyOn(context, 'active').mockImplementation(thrown);
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { url } = await start({ metrics: false, tracerProvider: traces.provider });
    expect(await echo(url)).toBe('heard');
  });

  it('harms no client when a meter records nothing but errors', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const meter = Object.create(createNoopMeter()) as ReturnType<typeof createNoopMeter>;
    Object.assign(meter, { createHistogram: () => ({ record: thrown }) });
    const { url } = await start({ traces: false, meterProvider: { getMeter: () => meter } });
    expect(await echo(url)).toBe('heard');
  });
});

describe('telemetry that is not set up', () => {
  it('says what to install when the package of the API is missing', async () => {
    const missing = Object.assign(new Error("Cannot find package '@opentelemetry/api'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const loading = loadOpenTelemetry(() => Promise.reject(missing));
    await expect(loading).rejects.toThrow(WsConfigurationError);
    await expect(loading).rejects.toThrow('npm install @opentelemetry/api');
    await expect(loading).rejects.toMatchObject({ cause: missing });
  });

  it('says so in the log, and listens to nothing, while no SDK was started', async () => {
    globalMetrics.disable();
    trace.disable();
    const { log, url } = await start({});
    expect(log.of('warn')).toEqual([
      expect.stringContaining('No meter provider is registered with @opentelemetry/api'),
      expect.stringContaining('No tracer provider is registered with @opentelemetry/api'),
    ]);
    expect(heard()).toEqual([]);
    expect(await echo(url)).toBe('heard');
  });

  it.each([
    [{ metric: true }, 'metrics'],
    [{ metrics: 'yes' }, 'metrics'],
    [{ meterProvider: {} }, 'meterProvider'],
  ])('refuses the options %j', (options, name) => {
    expect(() => TelemetryModule.forRoot(options as never)).toThrow(WsConfigurationError);
    expect(() => TelemetryModule.forRoot(options as never)).toThrow(name);
  });
});

describe('telemetry of an application that has closed', () => {
  it('listens to nothing any more', async () => {
    const options = {
      meterProvider: new TestMetrics().provider,
      tracerProvider: new TestTraces().provider,
    };
    const [one, two] = [await start(options), await start(options)];
    expect(heard()).toEqual(CHANNELS);
    await one.app.close();
    expect(heard()).toEqual(CHANNELS);
    await two.app.close();
    expect(heard()).toEqual([]);
  });
});
