import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { WsModuleOptions } from './ws-options.interface.js';

/** The options as the application wrote them. */
export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: RAW_WS_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<WsModuleOptions>({ moduleName: 'Ws' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createWsOptions')
  .setExtras<{ isGlobal?: boolean }>({ isGlobal: true }, (definition, extras) => ({
    ...definition,
    global: extras.isGlobal ?? true,
  }))
  .build();

/** The options checked and completed with their defaults (`ResolvedWsOptions`). */
export const WS_OPTIONS = Symbol('nestwire:options');
