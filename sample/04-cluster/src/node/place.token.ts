/** Injects the `Place` of this node. */
export const PLACE = Symbol('place of this node');
