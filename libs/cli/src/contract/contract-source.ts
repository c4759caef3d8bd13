import type { Address, GatewaySource } from '../gateways/gateway-source.js';
import { contractNames } from './contract-names.js';

/** The gateways that share connections, and what their contract is called. */
export interface ContractSource {
  readonly name: string;
  readonly address: Address;
  readonly gateways: readonly GatewaySource[];
  /** Another one with the same gateways, which says all of it. */
  readonly sameAs: string | undefined;
}

/** One for each path and version, in the order of the paths; one for each gateway whose path is not known. */
export function contractSources(gateways: readonly GatewaySource[]): ContractSource[] {
  const groups = new Map<string, { address: Address; gateways: GatewaySource[] }>();
  for (const gateway of gateways) {
    for (const address of gateway.addresses) {
      const { path = `?${gateway.name}`, version } = address;
      const key = `${path}\n${version}`;
      const group = groups.get(key) ?? { address, gateways: [] };
      group.gateways.push(gateway);
      groups.set(key, group);
    }
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  const names = contractNames(sorted);
  return sorted.map((group, index) => {
    const first = sorted.findIndex((other) => haveSame(other.gateways, group.gateways));
    const sameAs = first < index ? names[first] : undefined;
    return { ...group, name: names[index] ?? '', sameAs };
  });
}

function haveSame(a: readonly GatewaySource[], b: readonly GatewaySource[]): boolean {
  return a.length === b.length && a.every((gateway, index) => gateway === b[index]);
}
