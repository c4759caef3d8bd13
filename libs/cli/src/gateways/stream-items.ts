import type TS from 'typescript';
import type { Project } from '../compiler/project.js';

/**
 * What a stream brings one after another, by what the server looks at: a method `subscribe`, as Observables
 * have, or `Symbol.asyncIterator`.
 * @returns undefined for what is no stream
 */
export function streamItem(project: Project, type: TS.Type): TS.Type | undefined {
  const { ts, checker } = project;
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return undefined;
  const subscribe = checker.getPropertyOfType(type, 'subscribe');
  if (subscribe !== undefined) {
    const item = observedBy(project, checker.getTypeOfSymbol(subscribe));
    if (item !== undefined) return item;
  }
  const iterate = checker
    .getPropertiesOfType(type)
    .find(({ escapedName }) => String(escapedName).startsWith('__@asyncIterator'));
  if (iterate === undefined) return undefined;
  const iterator = returnedBy(checker.getTypeOfSymbol(iterate));
  const next = iterator && checker.getPropertyOfType(iterator, 'next');
  const result = next && returnedBy(checker.getTypeOfSymbol(next));
  return result && yieldedBy(project, awaited(project, result));
}

/** What a promise resolves to; anything else is itself. */
export function awaited(project: Project, type: TS.Type): TS.Type {
  const { checker } = project;
  // In TypeScript 5 it is there without being declared.
  return checker.getAwaitedType(type) ?? type;
}

/** What `subscribe` hands to an observer, or to a function in its place. */
function observedBy({ checker }: Project, subscribe: TS.Type): TS.Type | undefined {
  for (const { parameters } of subscribe.getCallSignatures()) {
    const [observer] = parameters;
    for (const one of observer ? partsOf(checker.getTypeOfSymbol(observer)) : []) {
      const property = checker.getPropertyOfType(one, 'next');
      const next = property && checker.getNonNullableType(checker.getTypeOfSymbol(property));
      const [value] = (next ?? one).getCallSignatures()[0]?.parameters ?? [];
      if (value !== undefined) return checker.getTypeOfSymbol(value);
    }
  }
  return undefined;
}

/** The value of an iterator's result that is not its last. */
function yieldedBy({ checker }: Project, result: TS.Type): TS.Type | undefined {
  const going = partsOf(result).filter((part) => {
    const done = checker.getPropertyOfType(part, 'done');
    return done === undefined || checker.typeToString(checker.getTypeOfSymbol(done)) !== 'true';
  });
  const [value] = going.flatMap((part) => checker.getPropertyOfType(part, 'value') ?? []);
  return value && checker.getTypeOfSymbol(value);
}

function returnedBy(method: TS.Type): TS.Type | undefined {
  return method.getCallSignatures()[0]?.getReturnType();
}

/** The types of a union; another one is its only part. */
export function partsOf(type: TS.Type): readonly TS.Type[] {
  return type.isUnion() ? type.types : [type];
}
