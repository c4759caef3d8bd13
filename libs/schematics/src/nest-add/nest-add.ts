import { normalize } from '@angular-devkit/core';
import { chain, SchematicsException, type Rule } from '@angular-devkit/schematics';
import { gateway } from '../gateway/gateway.js';
import { addImport, moduleFor } from '../project/module-file.js';

interface AddOptions {
  gateway?: string | undefined;
  sourceRoot?: string | undefined;
}

/** `nest add nestwire`: `WsModule` in the application's module, and a first gateway. */
export function nestAdd({ gateway: name = 'chat', sourceRoot = 'src' }: AddOptions): Rule {
  const addModule: Rule = (tree, context) => {
    const module = moduleFor(tree, normalize(`/${sourceRoot}`));
    if (module === undefined) {
      throw new SchematicsException(
        `Cannot add WsModule: a module is expected in ${sourceRoot}, as app.module.ts is; add WsModule.forRoot() to the imports of yours`,
      );
    }
    const added = addImport(tree, module, 'nestwire', 'WsModule', 'WsModule.forRoot()');
    if (!added) context.logger.info(`${module.slice(1)} has WsModule already`);
  };
  const wanted = name.trim();
  return chain(wanted === '' ? [addModule] : [addModule, gateway({ name: wanted, sourceRoot })]);
}
