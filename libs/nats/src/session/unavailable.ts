import type { PermissionViolationError } from '@nats-io/transport-node';
import { BrokerUnavailable } from '#hub';

/** Whether the server does not let its user do something. By name: the package is loaded when it is needed. */
export function isRefusal(error: unknown): error is PermissionViolationError {
  return error instanceof Error && error.name === 'PermissionViolationError';
}

/** What the client of NATS has thrown, as the hub knows it. */
export function unavailable(error: unknown): BrokerUnavailable {
  if (error instanceof BrokerUnavailable) return error;
  const why = error instanceof Error ? error.message : String(error);
  // Of a request it is the cause.
  if (isRefusal(error) || (error instanceof Error && isRefusal(error.cause))) {
    return new BrokerUnavailable(
      `Cannot use NATS: ${why}; docs/scaling.md lists the rights its user needs`,
      { cause: error },
    );
  }
  return new BrokerUnavailable(`Cannot reach NATS: ${why}`, { cause: error });
}

/** Somebody else's message where one of ours is expected; what is sent behind it could be of no use to anybody. */
export function foreignMessage(subject: string, seq: number): BrokerUnavailable {
  return new BrokerUnavailable(
    `Cannot use subject ${subject}: message ${seq}, its newest, is of another format; clear it to begin anew`,
  );
}
