import { EventEmitter } from 'node:events';

/** Where a class of ours ends: what stands above is Node's, Nest's or the language's. */
const FOREIGN: ReadonlySet<unknown> = new Set([
  EventEmitter.prototype,
  EventTarget.prototype,
  Object.prototype,
]);

/**
 * Plain names on an object and on its classes, up to those of Node; without what an EventEmitter has itself.
 * @param above the prototype of a class of somebody else's that it extends
 */
export function namesOf(object: object, above?: object): string[] {
  const known = new Set(Object.getOwnPropertyNames(new EventEmitter()));
  const names = new Set(Object.getOwnPropertyNames(object).filter((name) => !known.has(name)));
  for (
    let proto: unknown = Object.getPrototypeOf(object);
    !FOREIGN.has(proto) && proto !== above;
    proto = Object.getPrototypeOf(proto)
  ) {
    for (const name of Object.getOwnPropertyNames(proto)) names.add(name);
  }
  return [...names].toSorted();
}
