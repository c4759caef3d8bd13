import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { inspectorGateways } from './inspector-gateway.js';
import { INSPECTOR, resolveInspector, type InspectorOptions } from './inspector-options.js';
import { inspectorController, InspectorPage } from './inspector-page.js';
import { Inspectors } from './inspectors.js';

/**
 * Serves a page that shows what the WebSockets of this process do, to those whom a guard lets in:
 * `InspectorModule.forRoot({ guard: AdminGuard })`. `WsModule` must be imported, too. It costs nothing while nobody
 * looks.
 */
@Module({})
export class InspectorModule implements OnModuleInit {
  readonly #modules: ModulesContainer;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** @throws {WsConfigurationError} without a guard, and for a wrong option */
  static forRoot(given: InspectorOptions): DynamicModule {
    const options = resolveInspector(given);
    return {
      module: InspectorModule,
      imports: [...(options.imports ?? [])],
      controllers: [inspectorController(options)],
      providers: [
        { provide: INSPECTOR, useValue: options },
        Inspectors,
        InspectorPage,
        ...inspectorGateways(options),
      ],
    };
  }

  /** @internal @throws {WsConfigurationError} when it is imported twice */
  onModuleInit(): void {
    const modules = [...this.#modules.values()].filter(
      ({ metatype }) => metatype === InspectorModule,
    );
    if (modules.length <= 1) return;
    throw new WsConfigurationError(
      `Cannot start InspectorModule: expected one import, current value is ${modules.length}`,
    );
  }
}
