import { join } from '@angular-devkit/core';
import type { Rule } from '@angular-devkit/schematics';
import { NodePackageInstallTask } from '@angular-devkit/schematics/tasks/index.js';
import { create, placeOf, type FileOptions } from '../project/file-options.js';
import { addProvider, moduleFor } from '../project/module-file.js';
import { addDependencies, usesVitest } from '../project/package-file.js';
import { dtoText, gatewayText, specText } from './gateway-text.js';

/** What `ValidationPipe` asks for. */
const VALIDATION = { 'class-transformer': '^0.5.1', 'class-validator': '^0.15.1' };

/** `nest g -c nestwire gateway chat`: a gateway, what it is sent, and its test. */
export function gateway(options: FileOptions): Rule {
  return (tree, context) => {
    const place = placeOf(tree, options);
    const { name, folder } = place;
    create(tree, folder, `${name}.gateway.ts`, gatewayText(place));
    create(tree, join(folder, 'dto'), 'say.dto.ts', dtoText());
    if (options.spec !== false) {
      const suffix = options.specFileSuffix ?? 'spec';
      create(tree, folder, `${name}.gateway.${suffix}.ts`, specText(place, usesVitest(tree)));
    }
    const module = options.skipImport === true ? undefined : moduleFor(tree, folder);
    if (module !== undefined) addProvider(tree, module, place, 'gateway');
    else if (options.skipImport !== true) {
      context.logger.warn(
        `No module was found: add ${place.className}Gateway to the providers of one`,
      );
    }
    const missing = addDependencies(tree, VALIDATION);
    if (missing.length > 0) context.addTask(new NodePackageInstallTask());
  };
}
