import type { Broker } from '../broker/broker.js';
import type { ConnectionRegistry } from '../connection/connection-registry.js';
import type { HistoryParts } from '../history/history-parts.js';
import type { HistorySource } from '../history/history-source.js';
import { SharedHistory } from '../history/shared/shared-history.js';
import type { SharedMail } from '../mailbox/shared-mail.js';
import { NodeMail } from '../mailbox/shared/node-mail.js';
import type { Clock } from '../support/clock.js';
import type { ConnectionLimitOptions } from '../limits/connection-limits.js';
import { GAP_EVENT, type Envelope, type Position } from '../wire/envelope.js';
import type { KnownCodecs } from '../wire/encoded/known-codecs.js';
import type { ClusterNode } from './cluster-node.js';
import type { ClusterOptions } from './cluster-options.js';
import { ClusterMailNews } from './mail/mail-news.js';
import { ClusterPeople } from './roster/cluster-people.js';

/** What is the same for all nodes, at one of them. */
export interface SharedServices {
  /** Undefined when no histories come with the broker. */
  readonly history: ((parts: HistoryParts) => HistorySource) | undefined;
  /** Undefined when no mail comes with the broker. */
  readonly mail: SharedMail | undefined;
  /** Who is where on all nodes. */
  readonly people: ClusterPeople;
}

interface NodeParts {
  readonly broker: Broker;
  readonly node: ClusterNode;
  readonly registry: ConnectionRegistry;
  readonly codecs: KnownCodecs;
  readonly cluster: Pick<ClusterOptions, 'notifyGap' | 'secret'>;
  readonly connections: ConnectionLimitOptions | undefined;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  /** A connection is closed, for there are too many on all nodes. */
  closedAsSurplus(scope: 'ip' | 'user'): void;
}

/** Makes histories, mail, presence and counts of users those of all nodes. */
export function sharedServices(parts: NodeParts): SharedServices {
  const { broker, node, registry, codecs, cluster, connections, clock, report } = parts;
  const { history: log, mailbox: box } = broker;
  return {
    history:
      log &&
      ((own) =>
        new SharedHistory(own, {
          log,
          codecs,
          clock,
          link: { onUp: (up) => node.bus.observe({ up }) },
          gap: ({ room, ...at }) => (cluster.notifyGap === true ? gapNotice(room, at) : undefined),
        })),
    mail:
      box &&
      new NodeMail({
        box,
        codecs,
        news: new ClusterMailNews(node.bus),
        relay: node,
        users: () => registry.userIds(),
        clock,
        report,
      }),
    people: new ClusterPeople({
      bus: node.bus,
      clock,
      codecs,
      registry,
      connections,
      secret: cluster.secret,
      closedAsSurplus: (scope) => parts.closedAsSurplus(scope),
    }),
  };
}

/** What members are told of messages that nobody can hand them any more, with the place behind them. */
function gapNotice(room: string, { epoch, offset }: Omit<Position, 'room'>): Envelope {
  return { event: GAP_EVENT, data: { room }, at: { room, epoch, offset } };
}
