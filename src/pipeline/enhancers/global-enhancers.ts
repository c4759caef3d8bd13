import type { ApplicationConfig } from '@nestjs/core';
import type { ResolvedWsOptions } from '../../options/ws-options.resolver.js';
import { isError } from '../../support/is-error.js';

/** Which global enhancers gateways have. */
export type GlobalUse = Pick<
  ResolvedWsOptions,
  'useGlobalGuards' | 'useGlobalPipes' | 'useGlobalInterceptors' | 'useGlobalFilters'
>;

/** What Nest keeps of an enhancer that may be made for each message. */
interface ScopedEnhancer {
  readonly name: unknown;
  isDependencyTreeStatic(): boolean;
}

interface Kind {
  readonly option: keyof GlobalUse;
  readonly name: string;
  shared(config: ApplicationConfig): readonly object[];
  /** Request-scoped and transient ones. */
  scoped(config: ApplicationConfig): readonly ScopedEnhancer[];
}

const KINDS: readonly Kind[] = [
  {
    option: 'useGlobalGuards',
    name: 'guard',
    shared: (config) => config.getGlobalGuards(),
    scoped: (config) => config.getGlobalRequestGuards(),
  },
  {
    option: 'useGlobalPipes',
    name: 'pipe',
    shared: (config) => config.getGlobalPipes(),
    scoped: (config) => config.getGlobalRequestPipes(),
  },
  {
    option: 'useGlobalInterceptors',
    name: 'interceptor',
    shared: (config) => config.getGlobalInterceptors(),
    scoped: (config) => config.getGlobalRequestInterceptors(),
  },
  {
    option: 'useGlobalFilters',
    name: 'filter',
    shared: (config) => config.getGlobalFilters(),
    scoped: (config) => config.getGlobalRequestFilters(),
  },
];

/** The global enhancers around messages. They are looked up when asked: applications add them late. */
export class GlobalEnhancers {
  readonly #config: ApplicationConfig;
  readonly #kinds: readonly Kind[];
  readonly #explained = new Set<string>();

  constructor(config: ApplicationConfig, use: GlobalUse) {
    this.#config = config;
    this.#kinds = KINDS.filter(({ option }) => use[option]);
  }

  get isEmpty(): boolean {
    return this.#kinds.every((kind) => this.#isEmpty(kind));
  }

  /** Whether one set of them serves every message. */
  get isStatic(): boolean {
    const scoped = this.#kinds.flatMap((kind) => kind.scoped(this.#config));
    return scoped.every((wrapper) => wrapper.isDependencyTreeStatic());
  }

  get hasInterceptors(): boolean {
    return this.#kinds.some(
      (kind) => kind.option === 'useGlobalInterceptors' && !this.#isEmpty(kind),
    );
  }

  /**
   * What to do about an enhancer that was written for HTTP: it finds no request in a message, and then
   * every message of the application fails.
   *
   * @returns `undefined` for an error that no such class made, and for one that it has been said of
   */
  explain(error: unknown): string | undefined {
    // What is missing is a property or a method: `undefined.authorization`, `response.header is not ...`.
    if (!isError(error) || error.name !== 'TypeError') return undefined;
    const frames = error.stack?.slice(error.message.length).split('\n') ?? [];
    for (const kind of this.#kinds) {
      // Not the method's name, in whose place a source map may have another one.
      const name = this.#classes(kind).find((each) =>
        frames.some((frame) => frame.includes(` ${each}.`)),
      );
      if (name === undefined) continue;
      if (this.#explained.has(name)) return undefined;
      this.#explained.add(name);
      return hint(name, kind);
    }
    return undefined;
  }

  /** With those they extend: a stack names either. */
  #classes(kind: Kind): string[] {
    const names: string[] = kind.scoped(this.#config).map(({ name }) => String(name));
    for (const enhancer of kind.shared(this.#config)) {
      let prototype: object | null = Object.getPrototypeOf(enhancer);
      while (prototype !== null && prototype !== Object.prototype) {
        const maker: unknown = Reflect.get(prototype, 'constructor');
        if (typeof maker === 'function') names.push(maker.name);
        prototype = Object.getPrototypeOf(prototype);
      }
    }
    return names.filter((name) => name !== '');
  }

  #isEmpty(kind: Kind): boolean {
    return kind.shared(this.#config).length + kind.scoped(this.#config).length === 0;
  }
}

function hint(name: string, { option, name: kind }: Kind): string {
  const instead = kind === 'guard' ? `, and @VerifyClient(${name}) asks it before the upgrade` : '';
  return `${name} is a global ${kind} and was called for a message, which has no HTTP request or response: it has to look at context.getType(), or the option ${option}: false of WsModule leaves global ${kind}s to HTTP${instead}`;
}
