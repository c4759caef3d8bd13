import type TS from 'typescript';
import { isOwnFile } from '../compiler/own-file.js';
import type { Project } from '../compiler/project.js';
import { constantText } from '../decorators/constants.js';
import { NO_SCOPE } from '../decorators/scope.js';
import type { GatewaySource } from '../gateways/gateway-source.js';
import type { Emission } from './emission.js';
import { sendingMethodOf } from './sending-methods.js';
import { UsedDeclarations } from './used-declarations.js';

/** What an application sends by itself, and who of its gateways does. */
export class Emissions {
  readonly #project: Project;
  /** Calls that were read; without an emission for one that nobody can tell. */
  readonly #read = new Map<TS.CallExpression, Emission | undefined>();
  readonly #found = new Map<TS.Node, readonly Emission[]>();
  readonly #byGateway = new Map<GatewaySource, ReadonlySet<Emission>>();

  /** @param gateways all of the application: what one sends is not what another does */
  constructor(project: Project, gateways: readonly GatewaySource[]) {
    this.#project = project;
    const others = new Set(gateways.map(({ node }) => node));
    const used = new UsedDeclarations(project);
    for (const gateway of gateways) {
      const declarations = [...used.from(gateway.node, others)];
      const sent = new Set(declarations.flatMap((declaration) => this.#in(declaration)));
      this.#byGateway.set(gateway, sent);
    }
  }

  /** What a gateway sends, or something that it uses. */
  of(gateway: GatewaySource): readonly Emission[] {
    return [...(this.#byGateway.get(gateway) ?? [])];
  }

  /** What is sent in files of the application where no gateway comes to. */
  beside(isLookedAt: (file: TS.SourceFile) => boolean): readonly Emission[] {
    const known = new Set([...this.#byGateway.values()].flatMap((emissions) => [...emissions]));
    return this.#project.program
      .getSourceFiles()
      .filter((file) => isOwnFile(this.#project, file) && isLookedAt(file))
      .flatMap((file) => this.#in(file))
      .filter((emission) => !known.has(emission));
  }

  #in(node: TS.Node): readonly Emission[] {
    const known = this.#found.get(node);
    if (known !== undefined) return known;
    const { ts } = this.#project;
    const found: Emission[] = [];
    const visit = (at: TS.Node): void => {
      if (ts.isCallExpression(at)) {
        const emission = this.#readOnce(at);
        if (emission !== undefined) found.push(emission);
      }
      ts.forEachChild(at, visit);
    };
    visit(node);
    this.#found.set(node, found);
    return found;
  }

  #readOnce(call: TS.CallExpression): Emission | undefined {
    if (!this.#read.has(call)) this.#read.set(call, this.#emissionOf(call));
    return this.#read.get(call);
  }

  #emissionOf(call: TS.CallExpression): Emission | undefined {
    const { ts, checker, notes } = this.#project;
    const method = sendingMethodOf(this.#project, call);
    if (method === undefined) return undefined;
    const { part, nameIndex } = method;
    const given = call.arguments.slice(0, nameIndex + 2);
    const [name, data] = given.slice(nameIndex);
    const event =
      name === undefined || given.some(ts.isSpreadElement)
        ? undefined
        : constantText(this.#project, name, NO_SCOPE);
    if (event !== undefined) return { part, event, node: call, data: data && this.#typeOf(data) };
    const type = name && checker.typeToString(checker.getTypeAtLocation(name));
    notes.add(
      call,
      `Left out of the contract: what ${call.expression.getText()}(…) sends has a name of type ${type ?? 'unknown'}, expected a text, a constant or a member of an enum`,
    );
    return undefined;
  }

  /** A text that stands there is any text: the next one is another. */
  #typeOf(data: TS.Expression): TS.Type {
    const { ts, checker } = this.#project;
    const type = checker.getTypeAtLocation(data);
    const isLiteral =
      ts.isLiteralExpression(data) ||
      ts.isPrefixUnaryExpression(data) ||
      data.kind === ts.SyntaxKind.TrueKeyword ||
      data.kind === ts.SyntaxKind.FalseKeyword;
    return isLiteral ? checker.getBaseTypeOfLiteralType(type) : type;
  }
}
