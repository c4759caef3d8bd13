import type TS from 'typescript';
import { isOwnFile } from '../compiler/own-file.js';
import type { Project } from '../compiler/project.js';
import { decoratorsOf, type AppliedDecorator } from '../decorators/applied-decorators.js';
import { classChain } from './class-chain.js';
import { addressesOf } from './gateway-address.js';
import type { GatewaySource } from './gateway-source.js';
import { readHandlers } from './read-handlers.js';

/** The gateways among the sources, by name. */
export function findGateways(project: Project): GatewaySource[] {
  const found = classesOf(project).flatMap((node) => gatewayOf(project, node) ?? []);
  // One that is extended for the same path is not served beside the class that extends it.
  const heirs = found.filter(
    ({ source, chain }) =>
      gatewayDecorator(project, [source.node]) === undefined && chain.length > 1,
  );
  const extended = new Set(heirs.flatMap(({ chain }) => chain.slice(1)));
  return found
    .filter(({ source }) => !extended.has(source.node))
    .map(({ source }) => source)
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function gatewayOf(
  project: Project,
  node: TS.ClassLikeDeclaration,
): { source: GatewaySource; chain: readonly TS.ClassLikeDeclaration[] } | undefined {
  const { ts, checker } = project;
  const symbol = node.name && checker.getSymbolAtLocation(node.name);
  const isAbstract = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract) !== 0;
  if (symbol === undefined || isAbstract) return undefined;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const chain = classChain(project, type);
  const decorator = gatewayDecorator(project, chain);
  if (decorator === undefined) return undefined;
  const source: GatewaySource = {
    name: symbol.name,
    node,
    addresses: addressesOf(project, decorator),
    handlers: readHandlers(project, type),
  };
  return { source, chain };
}

/** It is inherited, as Nest reads it. */
function gatewayDecorator(
  project: Project,
  chain: readonly TS.ClassLikeDeclaration[],
): AppliedDecorator | undefined {
  for (const node of chain) {
    const found = decoratorsOf(project, node).find(({ name }) => name === 'WsGateway');
    if (found !== undefined) return found;
  }
  return undefined;
}

function classesOf(project: Project): TS.ClassLikeDeclaration[] {
  const { ts, program } = project;
  const classes: TS.ClassLikeDeclaration[] = [];
  const visit = (node: TS.Node): void => {
    if (ts.isClassDeclaration(node)) classes.push(node);
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) {
    if (isOwnFile(project, file)) visit(file);
  }
  return classes;
}
