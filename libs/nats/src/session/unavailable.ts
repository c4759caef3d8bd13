import { BrokerUnavailable } from '#hub';

/** What the client of NATS has thrown, as the hub knows it. */
export function unavailable(error: unknown): BrokerUnavailable {
  if (error instanceof BrokerUnavailable) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new BrokerUnavailable(`Cannot reach NATS: ${why}`, { cause: error });
}

/** Somebody else's message where one of ours is expected; what is sent behind it could be of no use to anybody. */
export function foreignMessage(subject: string, seq: number): BrokerUnavailable {
  return new BrokerUnavailable(
    `Cannot use subject ${subject}: message ${seq}, its newest, is of another format; clear it to begin anew`,
  );
}
