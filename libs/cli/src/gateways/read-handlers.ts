import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import {
  decoratorsOf,
  isDecorated,
  type AppliedDecorator,
} from '../decorators/applied-decorators.js';
import { bare, constantText } from '../decorators/constants.js';
import { classChain, methodNames, methodsNamed } from './class-chain.js';
import { answerOf } from './handler-answer.js';
import { dataOf } from './handler-data.js';
import type { HandlerSource } from './handler-source.js';

/** The methods of a class that handle events, those it inherits among them. */
export function readHandlers(project: Project, type: TS.Type): HandlerSource[] {
  const chain = classChain(project, type);
  return methodNames(project, chain).flatMap((name) => {
    const methods = methodsNamed(project, chain, name);
    // A method that overrides another keeps what it does not say anew.
    const handling = decoratorsNamed(project, methods, 'OnMessage');
    const events = handling.flatMap((decorator) => eventOf(project, decorator) ?? []);
    const [method] = methods;
    if (method === undefined || events.length === 0) return [];
    const signature = signatureOf(project, type, name, method);
    if (signature === undefined) return [];
    const protocols = decoratorsNamed(project, methods, 'Protocol').flatMap(({ args, scope }) =>
      args.flatMap((arg) => constantText(project, arg, scope) ?? []),
    );
    const data = dataOf(project, methods, signature);
    const answer = answerOf(project, signature.getReturnType(), method.name);
    const takesUpload = readsUpload(project, methods);
    if (takesUpload && answer.isStream) {
      project.problems.add(
        method.name,
        'Cannot write the contract: the method takes an upload and returns a stream, expected one answer',
      );
    }
    return events.map(({ event, node }) => ({
      event,
      node,
      protocols,
      data,
      answer,
      takesUpload,
    }));
  });
}

function decoratorsNamed(
  project: Project,
  methods: readonly TS.MethodDeclaration[],
  name: string,
): AppliedDecorator[] {
  for (const method of methods) {
    const found = decoratorsOf(project, method).filter((decorator) => decorator.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

/** Decorators of parameters are inherited with the method that has some. */
function readsUpload(project: Project, methods: readonly TS.MethodDeclaration[]): boolean {
  const decorated = methods.find(({ parameters }) =>
    parameters.some((parameter) => isDecorated(project, parameter)),
  );
  return (decorated?.parameters ?? []).some((parameter) =>
    decoratorsOf(project, parameter).some(({ name }) => name === 'Upload'),
  );
}

/** As the decorator itself would take it; `undefined` for the handler of all other events. */
function eventOf(
  project: Project,
  { args: [first], scope, node }: AppliedDecorator,
): { event: string; node: TS.Node } | undefined {
  const { ts, checker, problems } = project;
  if (first === undefined || ts.isObjectLiteralExpression(bare(project, first))) return undefined;
  const event = constantText(project, first, scope);
  if (event !== undefined) return { event, node };
  // Options that stand elsewhere.
  if ((checker.getTypeAtLocation(first).flags & ts.TypeFlags.Object) !== 0) return undefined;
  problems.add(
    node,
    `Cannot tell the event of @OnMessage(${first.getText()}): expected a text, a constant or a member of an enum, current value is of type ${checker.typeToString(checker.getTypeAtLocation(first))}`,
  );
  return undefined;
}

function signatureOf(
  { checker }: Project,
  type: TS.Type,
  name: string,
  method: TS.MethodDeclaration,
): TS.Signature | undefined {
  const property = checker.getPropertyOfType(type, name);
  const signatures =
    property === undefined ? [] : checker.getTypeOfSymbol(property).getCallSignatures();
  // Of overloads none is the whole.
  return signatures.length === 1 ? signatures[0] : checker.getSignatureFromDeclaration(method);
}
