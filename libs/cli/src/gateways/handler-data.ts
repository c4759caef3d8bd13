import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import { decoratorsOf, isDecorated } from '../decorators/applied-decorators.js';
import { constantText } from '../decorators/constants.js';
import type { DataPart } from './handler-source.js';
import { readPipes } from './parameter-pipes.js';

/** Decorators that give the data of a message, or a property of it. */
const BODIES = new Set(['MessageBody', 'Body', 'Payload']);

/** Without decorators a method is called with the connection and the data. */
const DATA_INDEX = 1;

/**
 * What a method takes of a message.
 * @param methods of one name, that of the class itself first: decorators of parameters are inherited
 * @param signature of the first, with the type arguments of the class
 */
export function dataOf(
  project: Project,
  methods: readonly TS.MethodDeclaration[],
  signature: TS.Signature,
): DataPart[] {
  const decorated = methods.find(({ parameters }) =>
    parameters.some((parameter) => isDecorated(project, parameter)),
  );
  const part = (index: number, property?: string, pipes: readonly TS.Expression[] = []) =>
    partOf(project, signature, index, property, pipes);
  if (decorated === undefined) return part(DATA_INDEX);
  return decorated.parameters.flatMap((parameter, index) =>
    decoratorsOf(project, parameter)
      .filter(({ name }) => BODIES.has(name))
      .flatMap(({ args, scope }) => {
        const [first, ...rest] = args;
        const property = first && constantText(project, first, scope);
        return part(index, property, property === undefined ? args : rest);
      }),
  );
}

function partOf(
  project: Project,
  signature: TS.Signature,
  index: number,
  property: string | undefined,
  pipes: readonly TS.Expression[],
): DataPart[] {
  const { ts, checker } = project;
  const parameter = signature.parameters[index];
  const node = parameter?.valueDeclaration;
  if (parameter === undefined || node === undefined || !ts.isParameter(node)) return [];
  const { takes, fillsIn } = readPipes(project, pipes);
  const isOptional = fillsIn || checker.isOptionalParameter(node);
  return [{ property, type: takes ?? checker.getTypeOfSymbol(parameter), isOptional, node }];
}
