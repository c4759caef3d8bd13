import { ParamKind } from './params/param-kind.js';
import { HOOK_METADATA } from './metadata.js';
import { methodOf } from './method-of.js';
import { decorated, type MethodHost } from './overridden-method.js';

/** The hooks of a gateway, with what a method without parameter decorators receives. */
export const HOOKS = [
  { name: 'connect', params: [ParamKind.Connection, ParamKind.Handshake] },
  { name: 'disconnect', params: [ParamKind.Connection, ParamKind.Body] },
  { name: 'error', params: [ParamKind.Connection, ParamKind.Body] },
  { name: 'ping', params: [ParamKind.Connection, ParamKind.Body] },
  { name: 'pong', params: [ParamKind.Connection, ParamKind.Body] },
  { name: 'drain', params: [ParamKind.Connection] },
] as const;

export type HookName = (typeof HOOKS)[number]['name'];

/** Makes the decorator of a hook. @param decorator its name, for messages */
export function hook(name: HookName, decorator: string): MethodDecorator {
  return (target, key, descriptor) => {
    Reflect.defineMetadata(metadataOf(name), true, methodOf(target, key, descriptor, decorator));
  };
}

export function isHook(hookName: HookName, type: MethodHost, name: string): boolean {
  return decorated(metadataOf(hookName), type, name) !== undefined;
}

/** One key for each hook: a method may be several of them. */
function metadataOf(name: HookName): string {
  return HOOK_METADATA + name;
}
