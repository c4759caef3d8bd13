import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { Emission } from './emission.js';

interface SendingMethod {
  readonly part: Emission['part'];
  /** Which argument is the name; the data stands behind it. */
  readonly nameIndex: number;
}

/** The methods of this package that send under a name, by class and name. */
const METHODS: ReadonlyMap<string, SendingMethod> = new Map<string, SendingMethod>([
  ['Connection.send', { part: 'events', nameIndex: 0 }],
  ['Connection.sendAsync', { part: 'events', nameIndex: 0 }],
  ['Broadcast.send', { part: 'events', nameIndex: 0 }],
  ['History.publish', { part: 'events', nameIndex: 1 }],
  ['Mailbox.send', { part: 'mail', nameIndex: 1 }],
]);

/** What a call sends, if it is one of those: whatever the variable is called, TypeScript knows whose method it is. */
export function sendingMethodOf(
  { ts, checker, packages }: Project,
  call: TS.CallExpression,
): SendingMethod | undefined {
  // Most calls are of nothing that is called so, and asking what a call resolves to takes its time.
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  if (!/^(send|sendAsync|publish)$/.test(expression.name.text)) return undefined;
  const method = checker.getResolvedSignature(call)?.declaration;
  if (method === undefined || !ts.isMethodDeclaration(method)) return undefined;
  if (!ts.isClassLike(method.parent) || packages.of(method) !== 'nestwire') return undefined;
  return METHODS.get(`${method.parent.name?.text}.${method.name.getText()}`);
}
