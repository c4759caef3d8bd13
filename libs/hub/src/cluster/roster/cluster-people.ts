import { createHmac } from 'node:crypto';
import { ReadyState } from '#engine';
import { addressChannel, userChannel } from '../../broker/channel.js';
import type { Connection } from '../../connection/connection.js';
import type { ConnectionRegistry } from '../../connection/connection-registry.js';
import { addressKey } from '../../limits/address-key.js';
import type { AddressCounts, UserCounts } from '../../limits/connection-counts.js';
import {
  CONNECTION_LIMIT_OPTIONS,
  type ConnectionLimitOptions,
} from '../../limits/connection-limits.js';
import { usagePlace } from '../../options/option-place.js';
import type { PresenceStore } from '../../presence/presence-store.js';
import type { Clock } from '../../support/clock.js';
import { HubCloseCauses } from '../../wire/close-causes.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import { RosterConnections } from './roster-connections.js';
import { RosterPresence } from './roster-presence.js';
import { Roster } from './roster.js';

/** Base64url characters of an address's digest: 96 bits. */
const DIGEST_LENGTH = 16;

/** What people on many nodes are known by. */
interface ClusterPeopleParts {
  readonly bus: ClusterBus;
  readonly clock: Clock;
  readonly codecs: KnownCodecs;
  readonly registry: ConnectionRegistry;
  readonly connections?: ConnectionLimitOptions | undefined;
  /** Keys the digests of addresses; the same on all nodes. */
  readonly secret?: string | undefined;
  /** A connection is closed, for there are too many on all nodes. */
  closedAsSurplus(scope: 'ip' | 'user'): void;
}

/** Who is where on all nodes: presence, and what limits of users and addresses are compared with. */
export class ClusterPeople {
  /** For `Presence`, unless the application has a store of its own. */
  readonly presence: PresenceStore;
  /** For `ConnectionLimits`. */
  readonly users: UserCounts;
  /** For `ConnectionLimits`, where `perIp` counts all nodes. */
  readonly addresses: AddressCounts | undefined;
  readonly #parts: ClusterPeopleParts;
  readonly #roster: Roster;

  /** @throws {UsageError} for limits that make no sense */
  constructor(parts: ClusterPeopleParts) {
    const { bus, clock, codecs, registry, connections = {} } = parts;
    const place = usagePlace('hub', 'connections');
    const { perUser, perIp, scope } = CONNECTION_LIMIT_OPTIONS.resolve(connections, place);
    this.#parts = parts;
    this.#roster = new Roster(bus, clock);
    this.presence = new RosterPresence(this.#roster, bus.node, clock, codecs);
    const users = perUser > 0 ? this.#countUsers(perUser) : undefined;
    this.users = {
      of: (userId) => registry.byUser(userId).size + (users?.elsewhere(userId) ?? 0),
    };
    this.addresses = perIp > 0 && scope === 'cluster' ? this.#countAddresses(perIp) : undefined;
  }

  /** Messages of other nodes that were not taken: malformed, too large, or of one that is not alive. */
  get ignored(): number {
    return this.#roster.ignored;
  }

  /** Lets go of what is waited for and held. */
  close(): void {
    this.#roster.close();
  }

  #countUsers(limit: number): RosterConnections {
    const { bus, clock, registry } = this.#parts;
    const counts = new RosterConnections(this.#roster, bus, clock, {
      kind: 'user',
      limit,
      channel: userChannel,
      name: (userId) => userId,
      surplus: (id) => this.#close(id, 'user'),
    });
    const came = (connection: Connection): void => {
      if (connection.userId !== undefined) counts.came(connection.userId, connection.id);
    };
    registry.observe({
      added: came,
      removed: ({ userId, id }) => {
        if (userId !== undefined) counts.gone(userId, id);
      },
      identified: (connection, before) => {
        if (before !== undefined) counts.gone(before, connection.id);
        came(connection);
      },
    });
    return counts;
  }

  #countAddresses(limit: number): RosterConnections {
    const { bus, clock, registry } = this.#parts;
    const counts = new RosterConnections(this.#roster, bus, clock, {
      kind: 'address',
      limit,
      channel: addressChannel,
      name: (key) => this.#digest(key),
      surplus: (id) => this.#close(id, 'ip'),
    });
    registry.observe({
      added: ({ handshake, id }) => counts.came(addressKey(handshake.ip), id),
      removed: ({ handshake, id }) => counts.gone(addressKey(handshake.ip), id),
    });
    return counts;
  }

  /**
   * An address is personal data: the broker sees a digest. Without a secret whoever tries all addresses
   * finds the one behind it.
   */
  #digest(key: string): string {
    const hash = createHmac('sha256', this.#parts.secret ?? 'nestwire').update(key);
    return hash.digest('base64url').slice(0, DIGEST_LENGTH);
  }

  #close(connectionId: string, scope: 'ip' | 'user'): void {
    const connection = this.#parts.registry.get(connectionId);
    if (connection === undefined || connection.readyState !== ReadyState.Open) return;
    const { TooManyOfAddress, TooManyOfUser } = HubCloseCauses;
    const { code, reason } = scope === 'ip' ? TooManyOfAddress : TooManyOfUser;
    this.#parts.closedAsSurplus(scope);
    connection.close(code, reason);
  }
}
