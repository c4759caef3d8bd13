import type { FactoryProvider } from '@nestjs/common';
import {
  Broadcaster,
  Cluster,
  ConnectionRegistry,
  History,
  Hub,
  Mailbox,
  Presence,
  Rooms,
} from '#hub';

/** The hub's services by their classes, to be injected into gateways, controllers and jobs. */
export const REALTIME_SERVICES = [
  ConnectionRegistry,
  Rooms,
  Broadcaster,
  History,
  Presence,
  Mailbox,
  Cluster,
];

export const realtimeProviders: FactoryProvider[] = [
  { provide: ConnectionRegistry, useFactory: (hub: Hub) => hub.registry, inject: [Hub] },
  { provide: Rooms, useFactory: (hub: Hub) => hub.rooms, inject: [Hub] },
  { provide: Broadcaster, useFactory: (hub: Hub) => hub.broadcaster, inject: [Hub] },
  { provide: History, useFactory: (hub: Hub) => hub.history, inject: [Hub] },
  { provide: Presence, useFactory: (hub: Hub) => hub.presence, inject: [Hub] },
  { provide: Mailbox, useFactory: (hub: Hub) => hub.mailbox, inject: [Hub] },
  { provide: Cluster, useFactory: (hub: Hub) => hub.cluster, inject: [Hub] },
];
