import type { Project } from '../compiler/project.js';
import type { Emission } from '../emissions/emission.js';
import { Emissions } from '../emissions/emissions.js';
import type { GatewaySource } from '../gateways/gateway-source.js';
import { quoted } from '../types/literals.js';
import { contractSources, type ContractSource } from './contract-source.js';

/**
 * What is sent on the path of each contract. What no gateway comes to belongs to the only path there is; where there
 * are several nobody can tell, and it is noted.
 * @param gateways all of the application
 * @param isLookedAt whether a file is one of those that were asked for
 */
export function sentByContracts(
  project: Project,
  gateways: readonly GatewaySource[],
  isLookedAt: (fileName: string) => boolean,
): (contract: ContractSource) => readonly Emission[] {
  const emissions = new Emissions(project, gateways);
  const beside = emissions.beside(({ fileName }) => isLookedAt(fileName));
  const looked = gateways.filter(({ node }) => isLookedAt(node.getSourceFile().fileName));
  const paths = contractSources(looked).filter(({ sameAs }) => sameAs === undefined);
  const isOnly = paths.length === 1;
  if (!isOnly) {
    for (const { node, event } of beside) {
      project.notes.add(
        node,
        `Left out of the contracts: no gateway uses what sends ${quoted(event)}, expected a contract of your own that names it`,
      );
    }
  }
  return (contract) => [
    ...new Set([
      ...contract.gateways.flatMap((gateway) => emissions.of(gateway)),
      ...(isOnly ? beside : []),
    ]),
  ];
}
