import type { BrokerName } from './brokers.js';

/** What the primary tells a node about its place, in the environment of its process. */
export interface Place {
  readonly number: number;
  readonly broker: BrokerName;
  /** Of the broker's server, if it is one. */
  readonly url: string | undefined;
  /** Says where the page is. */
  readonly first: boolean;
  /** How many nodes there are to be. */
  readonly nodes: number;
}

const VARIABLE = 'SAMPLE_PLACE';

export function placeInEnvironment(place: Place): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(place) };
}

export function placeFromEnvironment(): Place {
  return JSON.parse(process.env[VARIABLE] ?? '') as Place;
}
