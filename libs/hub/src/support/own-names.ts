// What of services that applications hold, extend or replace is for other parts of the hub alone: symbols, so
// that members of an application may have any name.
export const kAdd = Symbol('add');
export const kAlsoSettles = Symbol('alsoSettles');
export const kAround = Symbol('around');
export const kArrived = Symbol('arrived');
export const kAt = Symbol('at');
export const kBus = Symbol('bus');
export const kClose = Symbol('close');
export const kDeliver = Symbol('deliver');
export const kEnd = Symbol('end');
export const kEnter = Symbol('enter');
export const kEvict = Symbol('evict');
export const kExceptAll = Symbol('exceptAll');
export const kIdentify = Symbol('identify');
export const kInCluster = Symbol('inCluster');
export const kRemove = Symbol('remove');
