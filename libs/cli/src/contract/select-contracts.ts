import { relative, resolve } from 'node:path';
import type { Project } from '../compiler/project.js';
import { joinPath } from '../gateways/gateway-address.js';
import type { GatewaySource } from '../gateways/gateway-source.js';
import { ContractError } from '../support/contract-error.js';
import { unknownName } from '../support/unknown-name.js';
import { contractSources, type ContractSource } from './contract-source.js';

/** Which of an application's contracts are wanted. */
export interface Selection {
  /** Files or folders whose gateways are looked at, and no others. */
  readonly sources?: readonly string[];
  /** Paths of gateways, as they are declared. */
  readonly paths?: readonly string[];
  /** Names of gateways. */
  readonly gateways?: readonly string[];
}

/** @throws {ContractError} for what is not there */
export function selectContracts(
  { folder }: Project,
  found: readonly GatewaySource[],
  { sources = [], paths = [], gateways = [] }: Selection,
): ContractSource[] {
  const wanted = sources.map((source) => resolve(folder, source));
  for (const source of wanted) {
    if (found.some((gateway) => standsIn(fileOf(gateway), source))) continue;
    throw new ContractError(
      `Cannot find a gateway: expected a class with @WsGateway in ${relative(folder, source) || '.'}`,
    );
  }
  const isWanted = inSources(folder, sources);
  const looked = found.filter((gateway) => isWanted(fileOf(gateway)));
  if (looked.length === 0) {
    throw new ContractError(
      'Cannot find a gateway: expected a class with @WsGateway among the sources of the project',
    );
  }
  const contracts = contractSources(looked);
  const byPath = paths.map((path) => joinPath(path));
  assertKnown(
    'path',
    byPath,
    contracts.flatMap(({ address: { path } }) => path ?? []),
  );
  assertKnown(
    'gateway',
    gateways,
    looked.map(({ name }) => name),
  );
  if (byPath.length + gateways.length === 0) return contracts;
  const chosen = contracts.filter(
    (contract) =>
      byPath.includes(contract.address.path ?? '') ||
      contract.gateways.some(({ name }) => gateways.includes(name)),
  );
  // One that says all of another has to be there, too.
  return chosen.map((contract) => {
    const isThere = chosen.some(({ name }) => name === contract.sameAs);
    return isThere ? contract : { ...contract, sameAs: undefined };
  });
}

/** Whether a file is one of the sources, or stands in one; any is where none is named. */
export function inSources(
  folder: string,
  sources: readonly string[],
): (fileName: string) => boolean {
  const wanted = sources.map((source) => resolve(folder, source));
  return (fileName) =>
    wanted.length === 0 || wanted.some((source) => standsIn(resolve(fileName), source));
}

function fileOf({ node }: GatewaySource): string {
  return resolve(node.getSourceFile().fileName);
}

function standsIn(file: string, source: string): boolean {
  return file === source || file.startsWith(`${source}/`) || file.startsWith(`${source}\\`);
}

function assertKnown(what: string, given: readonly string[], known: readonly string[]): void {
  for (const name of given) {
    if (known.includes(name)) continue;
    throw new ContractError(`Cannot find the ${what}: ${unknownName(name, [...new Set(known)])}`);
  }
}
