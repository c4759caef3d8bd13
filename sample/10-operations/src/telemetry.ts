import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

const DEFAULT_PORT = 9464;

/**
 * Starts the SDK, before the application: what is registered later is not seen. Metrics have a port of their own,
 * `METRICS_PORT`, 9464 unless it is set, for they are nobody's business but Prometheus'.
 * @returns how to end it, after the application
 */
export async function startTelemetry(): Promise<() => Promise<void>> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  if (process.env['TRACES'] === '1') printTraces();
  const server = createServer((request, response) => {
    if (request.url === '/metrics') exporter.getMetricsRequestHandler(request, response);
    else response.writeHead(404).end();
  });
  server.listen(Number(process.env['METRICS_PORT'] ?? DEFAULT_PORT), '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  console.log(`\nMetrics: http://127.0.0.1:${port}/metrics`);
  return () => end(server, provider);
}

/** Each span is written to the console when it ends; a real application has a collector. */
function printTraces(): void {
  const spanProcessors = [new SimpleSpanProcessor(new ConsoleSpanExporter())];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

async function end(server: Server, provider: MeterProvider): Promise<void> {
  server.closeAllConnections();
  server.close();
  await provider.shutdown();
}
