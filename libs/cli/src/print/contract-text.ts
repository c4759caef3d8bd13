import type { Call, Contract } from '../contract/contract.js';
import type { Member, WireType } from '../types/wire-type.js';
import { indented } from './layout.js';
import { shareShapes, type Declared } from './shared-shapes.js';
import { joined, memberLines, propertyName, typeText, type ShapeNames } from './type-text.js';

/** Columns before a call. */
const MARGIN = 4;

const HEAD = `/* eslint-disable */
// Written by \`npx nestwire contract\` from the gateways: change them, not this file.`;

/** A file that holds contracts and the types they share, and needs no other. */
export function contractText(contracts: readonly Contract[]): string {
  const roots = contracts.flatMap(({ calls, streams, uploads, events, mail }) => [
    ...[...calls, ...streams, ...uploads].flatMap(typesOf),
    ...[...events, ...mail].map(({ type }) => type),
  ]);
  const { names, declared } = shareShapes(
    roots,
    contracts.map(({ name }) => name),
  );
  const interfaces = contracts.map((contract) => {
    const { name, place, gateways, sameAs } = contract;
    const comment = `/** ${`${place}: ${gateways}`.replaceAll('*/', '*\\/')} */\n`;
    return sameAs === undefined
      ? `${comment}export interface ${name} {\n${indented(bodyText(contract, names))}\n}`
      : `${comment}export type ${name} = ${sameAs};`;
  });
  const shapes = declared.map((one) => declarationText(one, names));
  return `${[HEAD, ...interfaces, ...shapes].join('\n\n')}\n`;
}

function typesOf({ data, answer }: Call): WireType[] {
  return data === undefined ? [answer] : [data.type, answer];
}

function bodyText(contract: Contract, names: ShapeNames): string {
  const { calls, streams, uploads, events, mail } = contract;
  // Without any part a contract would say nothing, and every name would compile.
  const parts = [partText('calls', calls, names)];
  if (streams.length > 0) parts.push(partText('streams', streams, names));
  if (uploads.length > 0) parts.push(partText('uploads', uploads, names));
  if (events.length > 0) parts.push(membersText('events', events, names));
  if (mail.length > 0) parts.push(membersText('mail', mail, names));
  return parts.join('\n');
}

function partText(part: string, calls: readonly Call[], names: ShapeNames): string {
  if (calls.length === 0) return `${part}: {};`;
  return `${part}: {\n${indented(calls.map((call) => callText(call, names)).join('\n'))}\n};`;
}

function membersText(part: string, members: readonly Member[], names: ShapeNames): string {
  return `${part}: {\n${indented(memberLines(members, [], names, MARGIN).join('\n'))}\n};`;
}

function callText({ name, data, answer }: Call, names: ShapeNames): string {
  // As a method it would be a constructor.
  const [open, close] = name === 'new' ? ['new: (', ') => '] : [`${propertyName(name)}(`, '): '];
  const isNothing = answer.kind === 'plain' && answer.text === 'undefined';
  const answerText = isNothing ? 'void' : typeText(answer, names, MARGIN + open.length);
  if (data === undefined) return `${joined(open + close, answerText)};`;
  const given = `${open}data${data.isOptional ? '?' : ''}: `;
  const [firstLine = ''] = answerText.split('\n');
  const around = given.length + close.length + 1 + firstLine.length;
  const dataText = typeText(data.type, names, MARGIN + around);
  return `${joined(joined(given, dataText) + close, answerText)};`;
}

function declarationText({ name, body }: Declared, names: ShapeNames): string {
  if (body.kind === 'object' && body.members.length > 0) {
    const lines = memberLines(body.members, body.indexes, names, 2);
    return `export interface ${name} {\n${indented(lines.join('\n'))}\n}`;
  }
  const head = `export type ${name} = `;
  return `${joined(head, typeText(body, names, head.length))};`;
}
