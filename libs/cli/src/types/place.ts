import type TS from 'typescript';

/** Which way a value goes: from clients to the server, or from there to them. */
export type Direction = 'in' | 'out';

/** Where in a contract a type stands, to be told when it cannot stand there. */
export interface Place {
  /** The source that is to blame. */
  readonly node: TS.Node;
  /** Such as `the answer of 'say'`. */
  readonly of: string;
  /** From there on, such as `.items[].at`. */
  readonly trail: string;
  readonly direction: Direction;
  /** Of the types around it, those that were declared under a name. */
  readonly within: readonly TS.Symbol[];
}

/** A place further in; with the declaration of a member, if it is the application's own. */
export function inside(place: Place, step: string, declaration?: TS.Declaration): Place {
  const isOwn =
    declaration !== undefined && !declaration.getSourceFile().fileName.includes('/node_modules/');
  const trail = place.trail + step;
  return { ...place, trail, node: isOwn ? declaration : place.node };
}
