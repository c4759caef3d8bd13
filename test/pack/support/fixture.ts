import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../support/sources.js';
import { run } from './command.js';
import { readmeBlock } from './quick-start.js';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const baseOptions = {
  target: 'es2022',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
};

/** Outside the repository, so that nothing is found that was not installed. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nestwire-pack-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Builds the package and packs it. @returns the tarball and the paths in it */
export async function pack(folder: string): Promise<{ tarball: string; files: string[] }> {
  // The build of the repository itself: nothing to do when it is up to date.
  await run(process.execPath, [compiler, '-b', 'tsconfig.build.json'], {
    cwd: ROOT,
    timeout: 60_000,
  });
  await run(process.execPath, ['scripts/tidy-types.mjs'], { cwd: ROOT, timeout: 10_000 });
  for (const script of ['scripts/bundle-client.mjs', 'scripts/bundle-commonjs.mjs']) {
    await run(process.execPath, [script], { cwd: ROOT, timeout: 20_000 });
  }
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const report = await run('npm', args, { cwd: ROOT, timeout: 30_000 });
  const [packed] = JSON.parse(report) as [{ filename: string; files: { path: string }[] }];
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
  };
}

/** Installs the tarball beside one major version of Nest, as an application does, and more packages. */
export async function install(
  folder: string,
  tarball: string,
  nest: number,
  more: readonly string[] = [],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const packages = ['common', 'core', 'platform-express', 'websockets'];
  const wanted = packages.map((name) => `@nestjs/${name}@^${nest}`);
  const quiet = ['--no-audit', '--no-fund', '--silent', '--prefer-offline'];
  const peers = ['rxjs@^7', 'reflect-metadata@^0.2', 'class-validator', 'class-transformer'];
  const args = ['install', ...quiet, tarball, ...wanted, ...peers, ...more];
  await run('npm', args, { cwd: folder, timeout: 60_000 });
}

/** Writes the application of one module system, the README's module in its middle, and compiles it. */
export async function compileApp(
  folder: string,
  name: string,
  type: 'module' | 'commonjs',
): Promise<string> {
  const app = join(folder, name);
  mkdirSync(app);
  const write = (file: string, text: string): void => writeFileSync(join(app, file), text);
  write('package.json', JSON.stringify({ private: true, type }));
  write('app.module.ts', readmeBlock('ts'));
  for (const file of ['run.ts', 'chat.test.mjs']) {
    copyFileSync(join(ROOT, 'test/pack/app', file), join(app, file));
  }
  write(
    'main.ts',
    "import { AppModule } from './app.module.js';\nimport { run } from './run.js';\nvoid run(AppModule);\n",
  );
  const compilerOptions = { module: 'nodenext', ...baseOptions, rootDir: '.' };
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(process.execPath, [compiler, '-p', '.'], { cwd: app, timeout: 30_000 });
  return join(app, 'main.js');
}

/** Compiles the file that names types of every entry. @throws with the errors of TypeScript */
export async function compileTypes(
  folder: string,
  name: string,
  options: Record<string, unknown>,
): Promise<void> {
  const app = join(folder, name);
  mkdirSync(app);
  copyFileSync(join(ROOT, 'test/pack/app/types.ts'), join(app, 'types.ts'));
  const compilerOptions = { ...baseOptions, ...options, noEmit: true };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run(process.execPath, [compiler, '-p', '.'], { cwd: app, timeout: 60_000 });
}

/**
 * Runs Jest as a CommonJS application made by Nest's schematics does.
 * @param config what stands under `jest` in its package.json
 * @returns the report of Jest
 */
export async function runJest(folder: string, config: object): Promise<unknown> {
  const app = join(folder, 'jest');
  mkdirSync(join(app, 'src'), { recursive: true });
  copyFileSync(join(ROOT, 'test/pack/app/jest.test.ts'), join(app, 'src/sums.spec.ts'));
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, jest: config }));
  const compilerOptions = {
    module: 'nodenext',
    target: 'ES2023',
    isolatedModules: true,
    esModuleInterop: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    sourceMap: true,
    skipLibCheck: true,
    strictNullChecks: true,
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const report = await run(process.execPath, [jest, '--json', '--silent', '--maxWorkers=1'], {
    cwd: app,
    timeout: 110_000,
  });
  return JSON.parse(report);
}
