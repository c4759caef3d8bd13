import type { DiscoveryService } from '@nestjs/core';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import type { Handled, HandlerOptions } from './handled-messages.js';
import { HOOKS, isHook, type HookName } from './hooks.js';
import { assertKeepsDecorators, decorated, levelOf, type MethodHost } from './overridden-method.js';
import { readBinaryTypes } from './on-binary.decorator.js';
import { readEvents } from './on-message.decorator.js';
import { defaultParams, readParams } from './params/param-metadata.js';
import { readMethodProtocols, readProtocols } from './protocol.decorator.js';
import type { WsGatewaySettings } from './ws-gateway.decorator.js';
import { CAN_JOIN_METADATA, GUARDED_HANDSHAKE, VERIFY_METADATA } from './metadata.js';
import { ParamKind } from './params/param-kind.js';

/** A provider as Nest keeps it; the class itself is not among the public exports. */
export type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A method that handles an event or a type of binary messages; without one it is the fallback. */
export interface HandlingMethod<Key> {
  readonly name: string;
  readonly key: Key | undefined;
  readonly options: HandlerOptions;
  /** Subprotocols it serves; empty for all. */
  readonly protocols: readonly string[];
}

type MessageMethod = HandlingMethod<string>;
/** By the first byte. */
type BinaryMethod = HandlingMethod<number>;

export type Method = (...args: unknown[]) => unknown;

/** A gateway class as its decorators describe it, with the provider Nest made of it. */
export class GatewayDefinition {
  readonly #methodNames: readonly string[];
  readonly messages: readonly MessageMethod[];
  readonly binaries: readonly BinaryMethod[];
  /**
   * Names of the methods that decide about a client: guards of the classes first, then verifying methods,
   * of each kind those of base classes first.
   */
  readonly verify: readonly string[];
  readonly protocols: readonly string[];
  /** Names of the methods that decide about rooms. */
  readonly canJoin: readonly string[];

  constructor(
    readonly wrapper: ProviderWrapper,
    readonly type: MethodHost,
    readonly options: WsGatewaySettings,
    methodNames: readonly string[],
  ) {
    this.#methodNames = methodNames;
    this.protocols = readProtocols(type);
    const named = (key: string): string[] =>
      methodNames.filter((name) => decorated(key, type, name) !== undefined);
    const verifying = this.#baseFirst(named(VERIFY_METADATA));
    this.canJoin = named(CAN_JOIN_METADATA);
    this.messages = methodNames.flatMap((name) => this.#handled(name, readEvents));
    this.binaries = methodNames.flatMap((name) => this.#handled(name, readBinaryTypes));
    this.#assertProtocolsServe(methodNames);
    const guarded = methodNames.filter((name) => name.startsWith(GUARDED_HANDSHAKE));
    this.verify = [...this.#baseFirst(guarded), ...verifying];
    for (const name of methodNames) {
      const decides = verifying.includes(name) || this.canJoin.includes(name);
      assertKeepsDecorators(type, name, decides);
    }
    this.#assertOwnParams(verifying);
    this.#giveParams(verifying);
  }

  get name(): string {
    return this.type.name;
  }

  /** Of all its methods, inherited ones too. */
  get methodNames(): readonly string[] {
    return this.#methodNames;
  }

  get paths(): readonly string[] {
    const { path = '/' } = this.options;
    return typeof path === 'string' ? [path] : path;
  }

  method(name: string): Method {
    const method: Method = Reflect.get(this.type.prototype, name);
    return method;
  }

  /** Names of the methods that are hooks of this kind. */
  hooks(hook: HookName): readonly string[] {
    return this.#methodNames.filter((name) => isHook(hook, this.type, name));
  }

  /** The scanner begins with the class itself. */
  #baseFirst(names: readonly string[]): string[] {
    return [...names].sort((a, b) => levelOf(this.type, a) - levelOf(this.type, b));
  }

  #handled<Key>(
    name: string,
    read: (type: MethodHost, name: string) => readonly Handled<Key>[],
  ): HandlingMethod<Key>[] {
    const protocols = readMethodProtocols(this.type, name);
    return read(this.type, name).map(({ key, options }) => ({ name, key, options, protocols }));
  }

  #assertProtocolsServe(methodNames: readonly string[]): void {
    const handling = new Set([...this.messages, ...this.binaries].map(({ name }) => name));
    for (const name of methodNames) {
      if (handling.has(name) || readMethodProtocols(this.type, name).length === 0) continue;
      throw new WsConfigurationError(
        `Cannot map ${this.name}.${name}: @Protocol on a method needs @OnMessage or @OnBinary beside it`,
      );
    }
  }

  /** A verifying method is called with the handshake, before there is a connection. */
  #assertOwnParams(verifying: readonly string[]): void {
    const others = new Set([
      ...[...this.messages, ...this.binaries].map(({ name }) => name),
      ...HOOKS.flatMap(({ name }) => this.hooks(name)),
      ...this.canJoin,
    ]);
    for (const name of verifying) {
      if (!others.has(name) || Object.keys(readParams(this.type, name) ?? {}).length > 0) continue;
      throw new WsConfigurationError(
        `Cannot map ${this.name}.${name}: @VerifyClient beside another decorator needs parameter decorators, for it is called with other arguments`,
      );
    }
  }

  #giveParams(verifying: readonly string[]): void {
    const give = (names: readonly string[], ...kinds: number[]): void => {
      for (const name of names) defaultParams(this.type, name, kinds);
    };
    give(
      [...this.messages, ...this.binaries].map(({ name }) => name),
      ParamKind.Connection,
      ParamKind.Body,
    );
    for (const { name, params } of HOOKS) give(this.hooks(name), ...params);
    give(this.canJoin, ParamKind.Connection, ParamKind.Body);
    give(verifying, ParamKind.Handshake, ParamKind.Connection);
  }
}
