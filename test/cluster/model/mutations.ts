import { Arrival } from '../../../libs/hub/src/cluster/delivery/arrival.js';
import { Publisher } from '../../../libs/hub/src/cluster/delivery/publisher.js';
import { Receiver } from '../../../libs/hub/src/cluster/delivery/receiver.js';
import { RecentSeqs } from '../../../libs/hub/src/cluster/delivery/recent-seqs.js';
import { Repair } from '../../../libs/hub/src/cluster/delivery/repair.js';
import { Sequences } from '../../../libs/hub/src/cluster/delivery/sequences.js';
import { Source, Sources } from '../../../libs/hub/src/cluster/delivery/sources.js';
import { GapNotices } from '../../../libs/hub/src/cluster/gap-notices.js';
import { DropNotices } from '../../../libs/hub/src/cluster/link/drop-notices.js';
import { Link } from '../../../libs/hub/src/cluster/link/link.js';
import { Outbox } from '../../../libs/hub/src/cluster/link/outbox.js';
import { Subscriptions } from '../../../libs/hub/src/cluster/link/subscriptions.js';
import { LocalDelivery } from '../../../libs/hub/src/cluster/local-delivery.js';
import { Members } from '../../../libs/hub/src/cluster/members/members.js';
import { Broadcast } from '../../../libs/hub/src/rooms/broadcast.js';
import type { Delivery } from './cluster-model.js';
import { ProcessClock } from './simulated-clock.js';
import type { Invariant } from './violations.js';

/** A rule that is broken on purpose, and the invariant that has to find it. */
export interface Mutation {
  readonly rule: string;
  readonly finds: Invariant;
  readonly delivery: Delivery;
  /** @returns how to mend it */
  readonly apply: () => () => void;
}

/** Replaces a method, or a getter, of all objects of a class. */
function patch<Prototype extends object, Name extends keyof Prototype & string>(
  prototype: Prototype,
  name: Name,
  change: (real: Prototype[Name]) => unknown,
): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor === undefined) throw new Error(`Cannot break ${name}: there is none`);
  if (descriptor.get === undefined) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what stands there
    const value = change(descriptor.value as Prototype[Name]);
    Object.defineProperty(prototype, name, { ...descriptor, value });
  } else {
    // oxlint-disable-next-line typescript/unbound-method -- called with the object it belongs to
    const { get } = descriptor;
    const broken = function (this: Prototype): unknown {
      return change(get.call(this) as Prototype[Name]);
    };
    Object.defineProperty(prototype, name, { ...descriptor, get: broken });
  }
  return () => Object.defineProperty(prototype, name, descriptor);
}

export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'local receivers wait a turn',
    finds: 'local in the same turn',
    delivery: 'at-most-once',
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
    apply: () => patch(Source.prototype, 'done', () => () => 0),
  },
  {
    rule: 'copies for several rooms are not known again',
    finds: 'no doubles',
    delivery: 'at-most-once',
    apply: () => patch(RecentSeqs.prototype, 'has', () => () => false),
  },
  {
    rule: 'a channel that nobody needs for a while is forgotten with what was delivered',
    finds: 'no doubles',
    delivery: 'at-most-once',
    apply: () =>
      patch(
        Sources.prototype,
        'dropChannel',
        () =>
          function (this: Sources, channel: string) {
            for (const { chains } of this) chains.delete(channel);
          },
      ),
  },
  {
    rule: 'what comes late in one of several rooms is news there',
    finds: 'order',
    delivery: 'at-least-once',
    apply: () =>
      patch(
        Arrival.prototype,
        'without',
        () =>
          function (this: Arrival) {
            return this.broadcast;
          },
      ),
  },
  {
    rule: 'members of left-out rooms get it on other nodes',
    finds: 'addressed',
    delivery: 'at-most-once',
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
    apply: () => patch(Receiver.prototype, 'unsure', () => () => []),
  },
  {
    rule: 'a node forgets the ends of its channels',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    apply: () => patch(Sequences.prototype, 'since', () => () => [].values()),
  },
  {
    rule: 'the others are not told what was dropped',
    finds: 'gaps announced',
    delivery: 'at-most-once',
    apply: () => patch(Publisher.prototype, 'tellDropped', () => () => {}),
  },
  {
    rule: 'a heartbeat says what has not arrived yet',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    apply: () => patch(Link.prototype, 'waiting', () => 0),
  },
  {
    rule: 'a repair skips one',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    apply: () =>
      patch(
        Repair.prototype,
        'page',
        (real) =>
          function (this: Repair) {
            return real.call(this) + 1;
          },
      ),
  },
  {
    rule: 'what another server has acknowledged is not sent again',
    finds: 'nothing lost',
    delivery: 'at-least-once',
    apply: () => patch(Outbox.prototype, 'replay', () => () => 0),
  },
  {
    rule: 'members are not told of gaps',
    finds: 'gaps told to members',
    delivery: 'at-most-once',
    apply: () => patch(GapNotices.prototype, 'tell', () => () => {}),
  },
  {
    rule: 'an outbox drops in silence',
    finds: 'drops counted',
    delivery: 'at-most-once',
    apply: () => patch(DropNotices.prototype, 'add', () => () => {}),
  },
  {
    rule: 'an outbox has no bound',
    finds: 'outbox bounded',
    delivery: 'at-least-once',
    apply: () => {
      let pushing = false;
      const undo = patch(
        Outbox.prototype,
        'push',
        (real) =>
          function (this: Outbox, ...given: Parameters<Outbox['push']>) {
            pushing = true;
            real.apply(this, given);
            pushing = false;
          },
      );
      const undoBytes = patch(Outbox.prototype, 'bytes', (real) => (pushing ? 0 : real));
      return () => {
        undoBytes();
        undo();
      };
    },
  },
  {
    rule: 'what has no answer when a session ends is neither sent again nor dropped',
    finds: 'nothing pending',
    delivery: 'at-least-once',
    apply: () => patch(Outbox.prototype, 'back', () => () => 0),
  },
  {
    rule: 'a session that does not answer is waited for',
    finds: 'nothing pending',
    delivery: 'at-most-once',
    apply: () =>
      patch(
        ProcessClock.prototype,
        'after',
        (real) =>
          function (this: ProcessClock, delay: number, call: () => void) {
            return delay === 2_000 ? undefined : real.call(this, delay, call);
          },
      ),
  },
  {
    rule: 'whoever waits for a channel is forgotten when the session ends',
    finds: 'nothing pending',
    delivery: 'at-most-once',
    apply: () => patch(Subscriptions.prototype, 'settled', () => () => new Promise<void>(() => {})),
  },
  {
    rule: 'silence of a node is not counted',
    finds: 'members',
    delivery: 'at-most-once',
    apply: () =>
      patch(
        Members.prototype,
        'up',
        (real) =>
          function (this: Members) {
            real.call(this);
            this.down();
          },
      ),
  },
  {
    rule: 'what fails on the way to local receivers goes on',
    finds: 'reports',
    delivery: 'at-most-once',
    apply: () =>
      patch(
        LocalDelivery.prototype,
        'deliver',
        (real) =>
          function (this: LocalDelivery, given: Parameters<LocalDelivery['deliver']>[0]) {
            real.call(this, {
              ...given,
              address: { ...given.address, rooms: [...given.address.rooms] },
            });
            throw new TypeError('Cannot deliver');
          },
      ),
  },
];
