import type { Meter } from '@opentelemetry/api';
import { Attribute } from '../api/attributes.js';
import { counter } from './instruments.js';
import { Tally } from './tally.js';

/** What only ever grows. */
export interface Counts {
  readonly messages: Tally;
  readonly io: Tally;
  readonly handled: Tally;
  readonly refused: Tally;
  readonly rateLimited: Tally;
  readonly slowDropped: Tally;
  readonly slowClosed: Tally;
  readonly delivered: Tally;
  readonly recovered: Tally;
  readonly gaps: Tally;
  readonly dropped: Tally;
  readonly ignored: Tally;
}

export function countsOf(meter: Meter): Counts {
  const count = (
    name: string,
    unit: string,
    description: string,
    ...attributes: readonly string[]
  ): Tally => {
    const tally = new Tally(...attributes);
    counter(meter, name, { unit, description }, tally);
    return tally;
  };
  const { Path, Event, Direction, Reason, Limit, Action, Policy, Origin, Outcome, Result } =
    Attribute;
  return {
    messages: count(
      'nestwire.server.messages',
      '{message}',
      'Messages of clients and for them.',
      Path,
      Direction,
    ),
    io: count(
      'nestwire.server.io',
      'By',
      'Bytes of these messages, before compression.',
      Path,
      Direction,
    ),
    handled: count(
      'nestwire.server.handled_messages',
      '{message}',
      'Messages whose handlers have ended.',
      Path,
      Event,
      Outcome,
    ),
    refused: count(
      'nestwire.server.refused_messages',
      '{message}',
      'Exceptions that clients got.',
      Path,
      Reason,
    ),
    rateLimited: count(
      'nestwire.server.rate_limited_messages',
      '{message}',
      'Messages of clients over a rate.',
      Path,
      Limit,
      Action,
    ),
    slowDropped: count(
      'nestwire.server.dropped_messages',
      '{message}',
      'Messages that were dropped for their receivers read too slowly.',
      Path,
      Policy,
    ),
    slowClosed: count(
      'nestwire.server.slow_connections',
      '{connection}',
      'Connections that were closed for their clients read too slowly.',
      Path,
      Limit,
    ),
    delivered: count(
      'nestwire.server.broadcast.deliveries',
      '{message}',
      'Receivers of broadcasts, by what became of the message for them.',
      Origin,
      Outcome,
    ),
    recovered: count(
      'nestwire.server.recoveries',
      '{recovery}',
      'Clients that entered a room with a history.',
      Path,
      Result,
    ),
    gaps: count(
      'nestwire.cluster.gaps',
      '{gap}',
      'Times that broadcasts of another node were missing.',
      Reason,
    ),
    dropped: count(
      'nestwire.cluster.dropped_messages',
      '{message}',
      'Broadcasts of this node that others never get.',
      Reason,
    ),
    ignored: count(
      'nestwire.cluster.ignored_messages',
      '{message}',
      'Messages of the broker that were not used.',
      Reason,
    ),
  };
}
