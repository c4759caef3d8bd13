import type { Histogram, Meter, MetricOptions } from '@opentelemetry/api';
import type { Tally } from './tally.js';

/** Of SignalR's connections, and what a day has beside these: a WebSocket may stay for hours. */
const CONNECTION_SECONDS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600, 21_600, 86_400,
];
/** Of `http.server.request.duration`. */
const UPGRADE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** A handler that answers at once takes microseconds. */
const HANDLER_SECONDS = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const FAN_OUT_SECONDS = [0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

/** Instruments that are told each time. */
export interface Histograms {
  readonly connection: Histogram;
  readonly upgrade: Histogram;
  readonly handler: Histogram;
  readonly broadcast: Histogram;
}

export function histograms(meter: Meter): Histograms {
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });
  return {
    connection: seconds(
      'nestwire.server.connection.duration',
      'The duration of connections on the server.',
      CONNECTION_SECONDS,
    ),
    upgrade: seconds(
      'nestwire.server.upgrade.duration',
      'From the request of a client to the answer that lets it in or refuses it.',
      UPGRADE_SECONDS,
    ),
    handler: seconds(
      'nestwire.server.message.duration',
      'From the beginning of a handler to the answer of its client.',
      HANDLER_SECONDS,
    ),
    broadcast: seconds(
      'nestwire.server.broadcast.duration',
      'The time it takes to hand a message to all its receivers of a node.',
      FAN_OUT_SECONDS,
    ),
  };
}

/** An observable counter that reads `tally`. */
export function counter(
  meter: Meter,
  name: string,
  options: Required<Pick<MetricOptions, 'unit' | 'description'>>,
  tally: Tally,
): void {
  meter.createObservableCounter(name, options).addCallback((result) => tally.observe(result));
}
