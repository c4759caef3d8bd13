import type * as JetStream from '@nats-io/jetstream';
import type * as Transport from '@nats-io/transport-node';
import { UsageError } from '#engine';

/** The two packages of NATS, which only those have who use this broker. */
export interface NatsParts {
  readonly transport: typeof Transport;
  readonly jetstream: typeof JetStream;
}

/** @throws {UsageError} as a rejection, when they are not installed */
export async function loadNats(): Promise<NatsParts> {
  try {
    const [transport, jetstream] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
    ]);
    return { transport, jetstream };
  } catch (cause) {
    const error = new UsageError(
      'Cannot use natsBroker: the packages @nats-io/transport-node and @nats-io/jetstream 3.4 or later are not installed',
      'WS_ERR_MISSING_PACKAGE',
    );
    error.cause = cause;
    throw error;
  }
}
