import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** Reads when it is asked to. */
class ReaderOnDemand extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** One number of a metric, or of a histogram its count and sum. */
export interface Point {
  readonly attributes: Record<string, unknown>;
  readonly value: number;
  readonly sum: number;
}

export class TestMetrics {
  readonly #reader = new ReaderOnDemand();
  readonly provider = new MeterProvider({ readers: [this.#reader] });

  async points(name: string): Promise<Point[]> {
    return (await this.all()).get(name) ?? [];
  }

  /** What there is of all instruments, by their names. */
  async all(): Promise<Map<string, Point[]>> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'Cannot collect');
    const found = new Map<string, Point[]>();
    for (const { metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) {
        const points =
          metric.dataPointType === DataPointType.HISTOGRAM
            ? metric.dataPoints.map(({ attributes, value }) => {
                return { attributes, value: value.count, sum: value.sum ?? 0 };
              })
            : metric.dataPoints.map(({ attributes, value }) => {
                return { attributes, value: value as number, sum: 0 };
              });
        found.set(metric.descriptor.name, points);
      }
    }
    return found;
  }

  /** The one number with these attributes; 0 where there is none. */
  async value(name: string, attributes: Record<string, unknown> = {}): Promise<number> {
    const found = (await this.points(name)).filter((point) =>
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    );
    return found.reduce((sum, { value }) => sum + value, 0);
  }
}

/** Spans that stay in memory; contexts follow what is awaited. */
export class TestTraces {
  readonly exporter = new InMemorySpanExporter();
  readonly provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.exporter)],
  });

  constructor() {
    context.disable();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** Waits for a span that may end a moment later. */
  async until(name: string): Promise<ReadableSpan> {
    for (;;) {
      const span = this.spans.find((one) => one.name === name);
      if (span !== undefined) return span;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A trace as a tree: each span below its parent, in the order they began. */
  tree(traceId: string): string {
    const spans = this.spans
      .filter((span) => span.spanContext().traceId === traceId)
      .toSorted((a, b) => compare(a.startTime, b.startTime));
    const ids = new Set(spans.map((span) => span.spanContext().spanId));
    const lines: string[] = [];
    const print = (parent: string | undefined, depth: number): void => {
      for (const span of spans) {
        const of = span.parentSpanContext?.spanId;
        const isChild = parent === undefined ? of === undefined || !ids.has(of) : of === parent;
        if (!isChild) continue;
        lines.push(`${'  '.repeat(depth)}${span.name}`);
        print(span.spanContext().spanId, depth + 1);
      }
    };
    print(undefined, 0);
    return lines.join('\n');
  }
}

function compare(a: [number, number], b: [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

export const tracer = trace.getTracer('of the application');
