import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BROKERS, isBrokerName, type BrokerName } from './brokers.js';

/** What to start. */
export interface Wanted {
  readonly broker: BrokerName;
  readonly workers: number;
}

const MOST_WORKERS = 32;
/** Nodes without a word about them: more fit the machine perhaps, and not the page. */
const SHOWN_WELL = 8;

/**
 * Reads `--broker redis|nats|node-cluster` and `--workers n`: Redis without either, node:cluster where only the
 * workers are counted. Ends the process with exit code 2 and a sentence for anything else.
 * @param words behind the sample's name, if it is among them
 */
export function readCommandLine(words: readonly string[]): Wanted {
  try {
    const { values } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { broker: { type: 'string' }, workers: { type: 'string' } },
    });
    // Whoever speaks of workers alone wants the cores of this machine, and no server.
    const broker = values.broker ?? (values.workers === undefined ? 'redis' : 'node-cluster');
    if (!isBrokerName(broker)) {
      throw new Error(
        `Cannot use the broker: current value is ${broker}, not one of ${Object.keys(BROKERS).join(', ')}`,
      );
    }
    return { broker, workers: readWorkers(values.workers, broker) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error('\nnpm run sample 04-cluster -- --broker nats --workers 4');
    return process.exit(2);
  }
}

function readWorkers(value: string | undefined, broker: BrokerName): number {
  if (value === undefined) {
    return broker === 'node-cluster'
      ? Math.min(SHOWN_WELL, Math.max(2, availableParallelism()))
      : 2;
  }
  const workers = Number(value);
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
    throw new Error(
      `Cannot start the workers: current value is ${value}, not a number from 1 to ${MOST_WORKERS}`,
    );
  }
  return workers;
}
