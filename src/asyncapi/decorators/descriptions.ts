import { DESCRIPTION_METADATA } from '../../declaration/metadata.js';
import { methodOf } from '../../declaration/method-of.js';
import { decorated, type MethodHost } from '../../declaration/overridden-method.js';

/** Where descriptions of one kind are kept: several on one class or method add up. */
export class Descriptions<Said> {
  readonly #key: string;

  /** @param decorator its name, without the sign */
  constructor(readonly decorator: string) {
    this.#key = `${DESCRIPTION_METADATA}${decorator}`;
  }

  /** Adds to what is said of a class, or of a method when there is a key. */
  add(said: Said, target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void {
    const named = key === undefined ? target : methodOf(target, key, descriptor, this.decorator);
    const below: readonly Said[] = Reflect.getOwnMetadata(this.#key, named) ?? [];
    // Decorators are applied from below.
    Reflect.defineMetadata(this.#key, [said, ...below], named);
  }

  /** What is said of a class: of those it extends, too, theirs first. */
  ofClass(type: object): readonly Said[] {
    const chain: (readonly Said[])[] = [];
    for (let at: object | null = type; at !== null; at = Reflect.getPrototypeOf(at)) {
      chain.unshift(Reflect.getOwnMetadata(this.#key, at) ?? []);
    }
    return chain.flat();
  }

  /** What is said of a method; one that overrides another keeps what it does not say anew. */
  ofMethod(type: MethodHost, name: string): readonly Said[] {
    const method = decorated(this.#key, type, name);
    const said: readonly Said[] | undefined =
      method === undefined ? undefined : Reflect.getOwnMetadata(this.#key, method);
    return said ?? [];
  }
}
