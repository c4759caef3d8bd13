import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { ROOT } from './sources.js';

const requireHere = createRequire(join(ROOT, 'package.json'));
const { resolve } = requireHere;

/**
 * Loads a CommonJS package whose dependencies are ES modules. Node does that itself since 20.19; Jest
 * on Node 20 does not.
 * @param modules what the package gets for the names it requires
 */
export function loadCommonJs(name: string, modules: Record<string, unknown>): unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const require = (id: string): unknown => {
      if (Object.hasOwn(modules, id)) return modules[id];
      if (isBuiltin(id)) return requireHere(id);
      return load(id.startsWith('.') ? resolve(join(dirname(path), id)) : resolve(id));
    };
    // Compiled outside of Jest's realm, whose Reflect is the one that knows of metadata.
    const source = readFileSync(path, 'utf8');
    const run = compileFunction(source, ['module', 'exports', 'require', 'Reflect']);
    run(module, module.exports, require, Reflect);
    return module.exports;
  };
  return load(resolve(name));
}
