import type { Broker } from '../broker/broker.js';
import { roomChannel, userChannel } from '../broker/channel.js';
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
import { Seal } from './message/seal.js';
import { ClusterPeople } from './roster/cluster-people.js';
import { SealedHistory } from './sealed/sealed-history.js';
import { SealedMailbox } from './sealed/sealed-mailbox.js';
import { StoreSeal } from './sealed/store-seal.js';

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
  const { log, box } = stores(broker, node, cluster.secret);
  return {
    history:
      log &&
      ((own) =>
        new SharedHistory(own, {
          log,
          codecs,
          clock,
          link: { onUp: (up) => node.bus.observe({ up }) },
          ignored: (room) => node.bus.ignored(roomChannel(room), 'malformed'),
          gap: ({ room, ...at }) => (cluster.notifyGap === true ? gapNotice(room, at) : undefined),
        })),
    mail:
      box &&
      new NodeMail({
        box,
        codecs,
        news: new ClusterMailNews(node.bus, clock),
        relay: node,
        users: () => registry.userIds(),
        clock,
        report,
        ignored: (userId) => node.bus.ignored(userChannel(userId), 'malformed'),
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

/** What comes with the broker; with a secret what is kept there is signed, as messages between nodes are. */
function stores({ history, mailbox }: Broker, node: ClusterNode, secret: string | undefined) {
  if (secret === undefined) return { log: history, box: mailbox };
  const seal = new Seal(secret);
  const foreign = (channel: string) => node.bus.ignored(channel, 'unauthenticated');
  const ofRooms = new StoreSeal(seal, 'history', (room) => foreign(roomChannel(room)));
  const ofUsers = new StoreSeal(seal, 'mail', (userId) => foreign(userChannel(userId)));
  return {
    log: history && new SealedHistory(history, ofRooms),
    box: mailbox && new SealedMailbox(mailbox, ofUsers),
  };
}

/** What members are told of messages that nobody can hand them any more, with the place behind them. */
function gapNotice(room: string, { epoch, offset }: Omit<Position, 'room'>): Envelope {
  return { event: GAP_EVENT, data: { room }, at: { room, epoch, offset } };
}
