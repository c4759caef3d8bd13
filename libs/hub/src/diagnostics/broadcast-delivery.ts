import type { HubScope } from '../support/hub-scope.js';
import { kEnd } from '../support/own-names.js';
import type { TraceContext } from '../support/trace-context.js';
import type { DeliveredBroadcast } from './news.js';
import { told } from './told.js';

type Addressed = Pick<DeliveredBroadcast, 'rooms' | 'users' | 'everyone'>;

type Delivered = DeliveredBroadcast['result'];

const NOBODY: Delivered = { sent: 0, queued: 0, dropped: 0, closed: 0 };

/** See `DeliveredBroadcast`. */
class BroadcastDelivery implements DeliveredBroadcast {
  readonly hub: object;
  readonly node: string;
  readonly rooms: readonly string[];
  readonly users: readonly string[];
  readonly everyone: boolean;
  readonly origin: 'local' | 'remote';
  trace: TraceContext | undefined;
  result: Delivered = NOBODY;
  duration = 0;
  readonly #startedAt = performance.now();

  constructor(
    { hub, node }: HubScope,
    { rooms, users, everyone }: Addressed,
    readonly event: string,
    arrived: Arrived | undefined,
  ) {
    this.hub = hub;
    this.node = node;
    this.rooms = rooms;
    this.users = users;
    this.everyone = everyone;
    this.origin = arrived === undefined ? 'local' : 'remote';
    this.trace = arrived?.trace;
  }

  /** @internal */
  [kEnd](result: Delivered): void {
    this.result = result;
    this.duration = performance.now() - this.#startedAt;
    told.broadcastEnd.publish(this);
  }
}

/** That a message is of another node. */
export interface Arrived {
  readonly trace: TraceContext | undefined;
}

/** @returns undefined while nobody listens, and for what belongs to no hub */
export function beginDelivery(
  scope: HubScope | undefined,
  address: Addressed,
  event: string,
  arrived: Arrived | undefined,
): BroadcastDelivery | undefined {
  if (!told.broadcastBegin.hasSubscribers && !told.broadcastEnd.hasSubscribers) return undefined;
  if (scope === undefined) return undefined;
  const delivery = new BroadcastDelivery(scope, address, event, arrived);
  told.broadcastBegin.publish(delivery);
  return delivery;
}
