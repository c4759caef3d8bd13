import { Arrival } from '../../../../libs/hub/src/cluster/delivery/arrival.js';
import { Publisher } from '../../../../libs/hub/src/cluster/delivery/publisher.js';
import { Receiver } from '../../../../libs/hub/src/cluster/delivery/receiver.js';
import { RecentSeqs } from '../../../../libs/hub/src/cluster/delivery/recent-seqs.js';
import { Repairs } from '../../../../libs/hub/src/cluster/delivery/repairs.js';
import { Sequences } from '../../../../libs/hub/src/cluster/delivery/sequences.js';
import { Source } from '../../../../libs/hub/src/cluster/delivery/sources.js';
import { GapNotices } from '../../../../libs/hub/src/cluster/gap-notices.js';
import { Link } from '../../../../libs/hub/src/cluster/link/link.js';
import { LocalDelivery } from '../../../../libs/hub/src/cluster/local-delivery.js';
import { Broadcast } from '../../../../libs/hub/src/rooms/broadcast.js';
import { patch, type Mutation } from './mutation.js';

/** Broadcasts: who gets them, how often, in which order, and what is said of those that are missing. */
export const DELIVERY_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'local receivers wait a turn',
    finds: 'local in the same turn',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        Broadcast.prototype,
        'send',
        (real) =>
          function (this: Broadcast, ...given: Parameters<Broadcast['send']>) {
            queueMicrotask(() => real.apply(this, given));
            return { sent: 0 };
          },
      ),
  },
  {
    rule: 'chains forget duplicates',
    finds: 'no doubles',
    delivery: 'at-least-once',
    seed: 1,
    apply: () => patch(Source.prototype, 'done', () => () => 0),
  },
  {
    rule: 'copies for several rooms are not known again',
    finds: 'no doubles',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(RecentSeqs.prototype, 'has', () => () => false),
  },
  {
    rule: 'what comes late is delivered all the same',
    finds: 'order',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(Source.prototype, 'done', () => () => 0),
  },
  {
    rule: 'members of left-out rooms get it on other nodes',
    finds: 'addressed',
    delivery: 'at-most-once',
    seed: 1,
    apply: () =>
      patch(
        LocalDelivery.prototype,
        'deliver',
        (real) =>
          function (this: LocalDelivery, given: Parameters<LocalDelivery['deliver']>[0]) {
            real.call(this, { ...given, address: { ...given.address, exceptRooms: [] } });
          },
      ),
  },
  {
    rule: 'a broadcast does not say what went before it',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    seed: 29,
    apply: () =>
      patch(Arrival, 'read', (real) => (...given: Parameters<typeof Arrival.read>) => {
        const arrival = real.apply(Arrival, given);
        return arrival && Object.assign(arrival, { prev: 0 });
      }),
  },
  {
    rule: 'nobody is asked what was sent during an outage',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    seed: 11,
    apply: () => patch(Receiver.prototype, 'unsure', () => () => []),
  },
  {
    rule: 'a node forgets the ends of its channels',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(Sequences.prototype, 'since', () => () => [].values()),
  },
  {
    rule: 'a gap does not say since when something is missing',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    seed: 42,
    apply: () => patch(Source.prototype, 'since', () => () => Infinity),
  },
  {
    rule: 'the others are not told what was dropped',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    seed: 108,
    apply: () => patch(Publisher.prototype, 'tellDropped', () => () => {}),
  },
  {
    rule: 'a heartbeat says what has not arrived yet',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    seed: 139,
    apply: () => patch(Link.prototype, 'firstSeq', () => undefined),
  },
  {
    rule: 'a repair skips one',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    seed: 8,
    apply: () =>
      patch(
        Repairs.prototype,
        'begin',
        (real) =>
          function (this: Repairs, ...[source, after, baseline]: Parameters<Repairs['begin']>) {
            return real.call(this, source, after + 1, baseline);
          },
      ),
  },
  {
    rule: 'members are not told of gaps',
    finds: 'gaps told to members',
    delivery: 'at-most-once',
    seed: 1,
    apply: () => patch(GapNotices.prototype, 'tell', () => () => {}),
  },
];
