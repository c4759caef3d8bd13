import type { DiscoveryService } from '@nestjs/core';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import type { Handled, HandlerOptions } from './handled-messages.js';
import { HOOKS, isHook, type HookName } from './hooks.js';
import { readBinaryTypes } from './on-binary.decorator.js';
import { readEvents } from './on-message.decorator.js';
import { defaultParams } from './params/param-metadata.js';
import { readProtocols } from './protocol.decorator.js';
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
  /** Names of the methods that decide about a client, guards of the class first. */
  readonly verify: readonly string[];
  readonly protocols: readonly string[];
  /** Names of the methods that decide about rooms. */
  readonly canJoin: readonly string[];

  constructor(
    readonly wrapper: ProviderWrapper,
    readonly type: { readonly name: string; readonly prototype: object },
    readonly options: WsGatewaySettings,
    methodNames: readonly string[],
  ) {
    this.#methodNames = methodNames;
    this.protocols = readProtocols(type);
    const named = (key: string): string[] =>
      methodNames.filter((name) => Reflect.getMetadata(key, this.method(name)) === true);
    const verifying = named(VERIFY_METADATA);
    this.canJoin = named(CAN_JOIN_METADATA);
    this.messages = methodNames.flatMap((name) => this.#handled(name, readEvents));
    this.binaries = methodNames.flatMap((name) => this.#handled(name, readBinaryTypes));
    this.#assertProtocolsServe(methodNames);
    this.verify = methodNames.includes(GUARDED_HANDSHAKE)
      ? [GUARDED_HANDSHAKE, ...verifying]
      : verifying;
    this.#giveParams(verifying);
  }

  get name(): string {
    return this.type.name;
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
    return this.#methodNames.filter((name) => isHook(hook, this.method(name)));
  }

  #handled<Key>(
    name: string,
    read: (method: object) => readonly Handled<Key>[],
  ): HandlingMethod<Key>[] {
    const method = this.method(name);
    const protocols = readProtocols(method);
    return read(method).map(({ key, options }) => ({ name, key, options, protocols }));
  }

  #assertProtocolsServe(methodNames: readonly string[]): void {
    const handling = new Set([...this.messages, ...this.binaries].map(({ name }) => name));
    for (const name of methodNames) {
      if (handling.has(name) || readProtocols(this.method(name)).length === 0) continue;
      throw new WsConfigurationError(
        `Cannot map ${this.name}.${name}: @Protocol on a method needs @OnMessage or @OnBinary beside it`,
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
