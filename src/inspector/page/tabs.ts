import type { Tab } from '../contract/inspector-contract.js';

/** What a tab is called, what is searched for there, and what is said of an empty one. */
export const TABS: Readonly<
  Record<Tab, { title: string; search: string; empty: string; sort: string }>
> = {
  connections: {
    title: 'Connections',
    search: 'Search user, path, address, id',
    empty: 'No connections',
    sort: 'age',
  },
  rooms: { title: 'Rooms', search: 'Search rooms', empty: 'No rooms', sort: 'members' },
  users: { title: 'Users', search: 'Search users', empty: 'No users', sort: 'connections' },
  events: {
    title: 'Events',
    search: 'Search events and paths',
    empty: 'No messages since you opened this page',
    sort: 'rate',
  },
  incidents: {
    title: 'Incidents',
    search: 'Search incidents',
    empty: 'Nothing went wrong since you opened this page',
    sort: 'at',
  },
  cluster: { title: 'Cluster', search: 'Search nodes', empty: 'No nodes', sort: 'name' },
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys are the tabs
export const TAB_NAMES = Object.keys(TABS) as Tab[];
