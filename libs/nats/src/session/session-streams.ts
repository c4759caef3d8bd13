import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';

/** JetStream of one session. */
export interface Streams {
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
}
