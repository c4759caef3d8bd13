import type { Call, Contract } from '../contract/contract.js';
import type { WireType } from '../types/wire-type.js';
import { indented } from './layout.js';
import { shareShapes, type Declared } from './shared-shapes.js';
import { memberLines, propertyName, typeText, type ShapeNames } from './type-text.js';

const HEAD = '// Written by `npx nestwire contract` from the gateways: change them, not this file.';

/** A file that holds contracts and the types they share, and needs no other. */
export function contractText(contracts: readonly Contract[]): string {
  const roots = contracts.flatMap(({ calls, streams }) => [...calls, ...streams]).flatMap(typesOf);
  const { names, declared } = shareShapes(
    roots,
    contracts.map(({ name }) => name),
  );
  const bodies = new Map<string, string>();
  const interfaces = contracts.map((contract) => {
    const body = bodyText(contract, names);
    const comment = `/** ${contract.title.replaceAll('*/', '*\\/')} */\n`;
    const same = bodies.get(body);
    if (same !== undefined) return `${comment}export type ${contract.name} = ${same};`;
    bodies.set(body, contract.name);
    return `${comment}export interface ${contract.name} {\n${indented(body)}\n}`;
  });
  const shapes = declared.map((one) => declarationText(one, names));
  return `${[HEAD, ...interfaces, ...shapes].join('\n\n')}\n`;
}

function typesOf({ data, answer }: Call): WireType[] {
  return data === undefined ? [answer] : [data.type, answer];
}

function bodyText({ calls, streams }: Contract, names: ShapeNames): string {
  // Without any part a contract would say nothing, and every name would compile.
  const parts = [partText('calls', calls, names)];
  if (streams.length > 0) parts.push(partText('streams', streams, names));
  return parts.join('\n');
}

function partText(part: string, calls: readonly Call[], names: ShapeNames): string {
  if (calls.length === 0) return `${part}: {};`;
  return `${part}: {\n${indented(calls.map((call) => callText(call, names)).join('\n'))}\n};`;
}

function callText({ name, data, answer }: Call, names: ShapeNames): string {
  const end = answer.kind === 'plain' && answer.text === 'undefined';
  const head = `${propertyName(name)}(`;
  const answerText = end ? 'void' : typeText(answer, names, 4 + head.length);
  if (data === undefined) return `${head}): ${answerText};`;
  const label = data.isOptional ? 'data?: ' : 'data: ';
  const column = 4 + head.length + label.length + answerText.length + 4;
  return `${head}${label}${typeText(data.type, names, column)}): ${answerText};`;
}

function declarationText({ name, body }: Declared, names: ShapeNames): string {
  if (body.kind === 'object' && body.members.length > 0) {
    const lines = memberLines(body.members, body.indexes, names, 2);
    return `export interface ${name} {\n${indented(lines.join('\n'))}\n}`;
  }
  const head = `export type ${name} = `;
  const text = typeText(body, names, head.length);
  return `${text.startsWith('\n') ? head.trimEnd() : head}${text};`;
}
