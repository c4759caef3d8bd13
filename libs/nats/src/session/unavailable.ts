import { BrokerUnavailable } from '#hub';

/** What the client of NATS has thrown, as the hub knows it. */
export function unavailable(error: unknown): BrokerUnavailable {
  if (error instanceof BrokerUnavailable) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new BrokerUnavailable(`Cannot reach NATS: ${why}`, { cause: error });
}
