import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  findCycle,
  readSources,
  resolveImport,
  ROOT,
  untidyImports,
  withoutComments,
  type Source,
} from './support/sources.js';
import { unusedExports } from './support/exports.js';

/** A product file longer than this holds more than one concept. */
const PRODUCT_LINE_CAP = 350;
/** Specs and samples, which are read one test at a time. */
const HARD_LINE_CAP = 600;
/** A folder with more product files than this has stopped being a table of contents. */
const FOLDER_FILE_CAP = 20;
/** Product files over the cap, each with why two halves would be no better. */
const LONG_FILES: Readonly<Record<string, string>> = {};
/** The layers: within each the folders import one another downwards only. */
const LAYERS = [
  'libs/cli/src',
  'libs/client/src',
  'libs/engine/src',
  'libs/hub/src',
  'libs/nats/src',
  'libs/node-cluster/src',
  'libs/websocket-node/src',
  'libs/react/src',
  'libs/redis/src',
  'libs/schematics/src',
  'src',
];
/** A library whose median file is longer has stopped being one concept per file. */
const MEDIAN_LINE_CAP = 120;

/** Packages that do what the engine does: for tests and benchmarks only. */
const OTHER_ENGINES =
  /^(ws|websocket|faye-websocket|uWebSockets\.js|socket\.io.*|engine\.io.*)(\/|$)/;

/** Built-ins without sockets, timers, files or processes: what Sans-I/O code may use. */
const PURE_BUILTINS = new Set(['node:buffer', 'node:crypto', 'node:util', 'node:string_decoder']);

/** Their exports are for users of the package: package.json "exports". */
const PUBLIC_ENTRIES = new Set([
  'src/index.ts',
  'src/asyncapi/index.ts',
  'src/health/index.ts',
  'src/inspector/index.ts',
  'src/telemetry/index.ts',
  'src/testing/index.ts',
  'libs/cli/src/index.ts',
  'libs/client/src/index.ts',
  'libs/client/src/node.ts',
  'libs/client/src/http2.ts',
  'libs/client/src/msgpack.ts',
  'libs/client/src/testing/index.ts',
  'libs/contract/src/index.ts',
  'libs/engine/src/index.ts',
  'libs/nats/src/index.ts',
  'libs/node-cluster/src/index.ts',
  'libs/react/src/index.ts',
  'libs/redis/src/index.ts',
  // Named by collection.json.
  'libs/schematics/src/contract/contract.ts',
  'libs/schematics/src/gateway/gateway.ts',
  'libs/schematics/src/nest-add/nest-add.ts',
  'libs/websocket-node/src/index.ts',
  'libs/websocket-node/src/browser.ts',
  'libs/ws/src/index.ts',
]);

const library = readSources('libs', 'src');
const product = library.filter((source) => !source.isSpec);
const everything = [...library, ...readSources('test', 'sample', 'scripts')];

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies',
  Record<string, string> | undefined
>;
const installable = new Set([
  ...Object.keys(manifest.dependencies ?? {}),
  ...Object.keys(manifest.peerDependencies ?? {}),
]);

function inFolder(folder: string): Source[] {
  return product.filter((source) => source.path.startsWith(`${folder}/`));
}

/** `file -> import` for every import of these files that the rule does not allow. */
function violations(
  sources: readonly Source[],
  allowed: (specifier: string, target: string | null) => boolean,
): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter((specifier) => !allowed(specifier, resolveImport(source, specifier)))
      .map((specifier) => `${source.path} -> ${specifier}`),
  );
}

/** Which folder imports which, by the relative imports of its files. */
function folderGraph(sources: readonly Source[]): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  for (const source of sources) {
    const folder = posix.dirname(source.path);
    const others = source.imports
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.dirname(resolveImport(source, specifier) ?? folder))
      .filter((other) => other !== folder);
    graph.set(folder, [...(graph.get(folder) ?? []), ...others]);
  }
  return graph;
}

/** The folders of a layer as docs/design.md lists them, from the bottom up. */
function listedFolders(layer: string): string[] {
  const lines = readFileSync(join(ROOT, 'docs/design.md'), 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`    ${layer}/`));
  const folders: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const [, name] = /^ {6}([a-z-]+)\/ /.exec(line) ?? [];
    if (name === undefined) break;
    folders.push(name);
  }
  return folders;
}

/** A relative import that stays inside the folder. */
function within(folder: string) {
  return (specifier: string, target: string | null) =>
    specifier.startsWith('.') && target !== null && target.startsWith(`${folder}/`);
}

/** A source that is not there. */
function file(path: string, text: string): Source {
  const imports = [...text.matchAll(/'(\.[^']*)'/g)].map(([, specifier = '']) => specifier);
  return { path, text, lines: 1, imports, isSpec: false };
}

const isNodeBuiltin = (specifier: string) => specifier.startsWith('node:') && isBuiltin(specifier);

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('import directions', () => {
  it('reads the sources it is about', () => {
    expect(inFolder('libs/engine').length).toBeGreaterThan(0);
    expect(inFolder('libs/hub').length).toBeGreaterThan(0);
    expect(inFolder('src').length).toBeGreaterThan(0);
  });

  it('lets the engine import nothing but itself and Node', () => {
    const own = within('libs/engine');
    expect(
      violations(inFolder('libs/engine'), (one, target) => own(one, target) || isNodeBuiltin(one)),
    ).toEqual([]);
  });

  it('keeps the protocol free of sockets, timers, processes and the rest of the engine', () => {
    const own = within('libs/engine/src/protocol');
    const bytes = within('libs/engine/src/bytes');
    expect(
      violations(
        inFolder('libs/engine/src/protocol'),
        (one, target) => own(one, target) || bytes(one, target) || PURE_BUILTINS.has(one),
      ),
    ).toEqual([]);
    expect(
      violations(
        inFolder('libs/engine/src/bytes'),
        (one, target) => bytes(one, target) || PURE_BUILTINS.has(one),
      ),
    ).toEqual([]);
  });

  it('keeps timers and the process out of the protocol as globals, too', () => {
    const global = /(?<![.\w$])(setTimeout|setInterval|setImmediate|queueMicrotask|process)\b/;
    const using = [...inFolder('libs/engine/src/protocol'), ...inFolder('libs/engine/src/bytes')]
      .filter((source) => global.test(withoutComments(source.text)))
      .map((source) => source.path);
    expect(using).toEqual([]);
  });

  it('keeps the API of ws out of the engine below it', () => {
    const api = within('libs/engine/src/ws');
    const below = inFolder('libs/engine').filter(
      ({ path }) => !path.startsWith('libs/engine/src/ws/') && path !== 'libs/engine/src/index.ts',
    );
    expect(violations(below, (one, target) => !api(one, target) && one !== '#ws')).toEqual([]);
  });

  it('lets the hub import only the engine, itself, Node and optional peers', () => {
    const own = within('libs/hub');
    const forbidden = /^(@nestjs\/|rxjs)/;
    expect(
      violations(
        inFolder('libs/hub'),
        (one, target) =>
          own(one, target) ||
          one === '#contract' ||
          one === '#engine' ||
          isNodeBuiltin(one) ||
          (installable.has(packageOf(one)) && !forbidden.test(one)),
      ),
    ).toEqual([]);
  });

  it('lets the Nest integration import the layers below by name, Nest and declared packages', () => {
    const own = within('src');
    expect(
      violations(
        inFolder('src').filter(({ path }) => !path.startsWith('src/inspector/page/')),
        (one, target) =>
          own(one, target) ||
          one === '#contract' ||
          one === '#engine' ||
          one === '#ws' ||
          one === '#hub' ||
          isNodeBuiltin(one) ||
          one.startsWith('@nestjs/') ||
          installable.has(packageOf(one)),
      ),
    ).toEqual([]);
  });

  it('lets the page of the inspector know the client and what it is told, as types', () => {
    const own = within('src/inspector/page');
    const contract = 'src/inspector/contract/inspector-contract.ts';
    const page = inFolder('src/inspector/page');
    expect(
      violations(
        page,
        (one, target) => own(one, target) || one === 'nestwire/client' || target === contract,
      ),
    ).toEqual([]);
    const values = page.filter(({ text }) =>
      /^import (?!type )[^;]*inspector-contract/m.test(text),
    );
    expect(values.map(({ path }) => path)).toEqual([]);
    const others = product.filter(({ path }) => !path.startsWith('src/inspector/page/'));
    expect(violations(others, (_one, target) => !own('.', target))).toEqual([]);
  });

  it('never reaches into internals of Nest that older versions do not have', () => {
    expect(violations(product, (one) => !/^@nestjs\/[^/]+\/internal/.test(one))).toEqual([]);
  });

  it('lets the client know nothing but the contract, and in Node the class of sockets and HTTP/2', () => {
    const own = within('libs/client');
    const entries: Readonly<Record<string, readonly string[]>> = {
      'libs/client/src/node.ts': ['#ws'],
      'libs/client/src/http2.ts': ['#ws'],
      'libs/client/src/sessions/session-options.ts': ['#ws', 'node:http2'],
      'libs/client/src/sessions/shared-session.ts': ['node:http2'],
      'libs/client/src/msgpack.ts': ['@msgpack/msgpack'],
    };
    const foreign = inFolder('libs/client').flatMap((source) =>
      violations(
        [source],
        (one, target) =>
          own(one, target) || one === '#contract' || entries[source.path]?.includes(one) === true,
      ),
    );
    expect(foreign).toEqual([]);
    const values = inFolder('libs/client').filter(({ text }) =>
      /^(import|export) (?!type )[^;]*'#contract'/m.test(text),
    );
    expect(values.map(({ path }) => path)).toEqual([]);
  });

  it('lets what programs know of the inside of ws stand on the engine and the API of ws', () => {
    const own = within('libs/ws');
    expect(
      violations(
        inFolder('libs/ws'),
        (one, target) =>
          own(one, target) || one === '#engine' || one === '#ws' || isNodeBuiltin(one),
      ),
    ).toEqual([]);
  });

  it('lets the hooks know the client and React alone', () => {
    const own = within('libs/react');
    expect(
      violations(
        inFolder('libs/react'),
        (one, target) => own(one, target) || one === '#client' || one === 'react',
      ),
    ).toEqual([]);
  });

  it('lets the command line know the compiler, and of the engine what finds the nearest name', () => {
    const own = within('libs/cli');
    const sources = inFolder('libs/cli');
    expect(
      violations(
        sources,
        (one, target) =>
          own(one, target) || one === '#engine' || one === 'typescript' || isNodeBuiltin(one),
      ),
    ).toEqual([]);
    // The compiler is the application's own, and found when the command runs.
    const values = sources.filter(({ text }) => /^import (?!type )[^;]*'typescript'/m.test(text));
    expect(values.map(({ path }) => path)).toEqual([]);
  });

  it('lets generators know the tools of the Nest CLI alone', () => {
    const own = within('libs/schematics');
    const tools = ['@angular-devkit/core', '@angular-devkit/schematics', '@nestjs/schematics'];
    expect(
      violations(
        inFolder('libs/schematics'),
        (one, target) => own(one, target) || tools.includes(packageOf(one)),
      ),
    ).toEqual([]);
  });

  it('lets the API of the npm package websocket stand on the engine alone', () => {
    const own = within('libs/websocket-node');
    expect(
      violations(
        inFolder('libs/websocket-node'),
        (one, target) => own(one, target) || one === '#engine' || isNodeBuiltin(one),
      ),
    ).toEqual([]);
  });

  it.each([
    ['redis', ['redis']],
    ['nats', ['@nats-io/transport-node', '@nats-io/jetstream']],
    ['node-cluster', []],
  ])(
    'lets the broker on %s know the hub, the errors of the engine and its client',
    (folder, clients) => {
      const own = within(`libs/${folder}`);
      expect(
        violations(
          inFolder(`libs/${folder}`),
          (one, target) =>
            own(one, target) ||
            one === '#hub' ||
            one === '#engine' ||
            isNodeBuiltin(one) ||
            clients.includes(packageOf(one)),
        ),
      ).toEqual([]);
    },
  );

  it('ships no other WebSocket engine', () => {
    expect(violations(product, (one) => !OTHER_ENGINES.test(one))).toEqual([]);
    expect([...installable].filter((name) => OTHER_ENGINES.test(name))).toEqual([]);
  });

  it('keeps specs on their own layer, too', () => {
    const specs = library.filter((source) => source.isSpec && source.path.startsWith('libs/'));
    expect(
      violations(specs, (one, target) => !(target ?? '').startsWith('src/') && one !== 'nestwire'),
    ).toEqual([]);
  });
});

describe('shape of the files', () => {
  it('has no import cycle, of types either', () => {
    const graph = new Map(
      everything.map((source) => [
        source.path,
        source.imports
          .map((specifier) => resolveImport(source, specifier))
          .filter((target) => target !== null),
      ]),
    );
    expect(findCycle(graph)).toBeNull();
  });

  it('finds a cycle where there is one', () => {
    const ring = new Map([
      ['a.ts', ['b.ts', 'd.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['b.ts']],
    ]);
    expect(findCycle(ring)).toEqual(['b.ts', 'c.ts', 'b.ts']);
  });

  it('imports each module once', () => {
    const untidy = everything.flatMap(({ path, text }) =>
      untidyImports(text).map((specifier) => `${path} -> ${specifier}`),
    );
    expect(untidy).toEqual([]);
  });

  it('finds a module that is imported twice, or with a type before every name', () => {
    const text = [
      "import { a } from './twice.js';",
      "import type { A } from './twice.js';",
      "import { type B, type C } from './marked.js';",
      "import d, { type D } from './once.js';",
      "import type { E } from './types.js';",
      "import * as whole from './both.js';",
      "import { f, type F } from './both.js';",
      "import './effect.js';",
      "export { g } from './once.js';",
    ].join('\n');
    expect(untidyImports(text)).toEqual(['./twice.js', './marked.js']);
  });

  it.each(LAYERS)('has no circle of folders in %s', (layer) => {
    const graph = folderGraph(inFolder(layer));
    expect(graph.size).toBeGreaterThan(1);
    expect(findCycle(graph)).toBeNull();
  });

  it.each(LAYERS)(
    'lists the folders of %s in docs/design.md, each above those that import it',
    (layer) => {
      const listed = listedFolders(layer);
      const sources = inFolder(layer);
      const folderOf = (path: string): string => path.slice(layer.length + 1).split('/')[0] ?? '';
      const inFolders = sources.filter(({ path }) => path.slice(layer.length + 1).includes('/'));
      expect([...new Set(inFolders.map(({ path }) => folderOf(path)))].sort()).toEqual(
        [...listed].sort(),
      );
      const upwards = inFolders.flatMap((source) =>
        source.imports
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => folderOf(resolveImport(source, specifier) ?? ''))
          .filter((other) => listed.indexOf(other) > listed.indexOf(folderOf(source.path)))
          .map((other) => `${source.path} -> ${other}`),
      );
      expect(upwards).toEqual([]);
    },
  );

  it('finds a circle of folders although no files are in one', () => {
    const knot = [
      file('a/one.ts', "import '../b/two.js';"),
      file('b/two.ts', ''),
      file('b/three.ts', "import '../a/four.js'; import 'node:fs';"),
      file('a/four.ts', ''),
    ];
    expect(findCycle(folderGraph(knot))).toEqual(['a', 'b', 'a']);
  });

  it(`has no folder with more than ${FOLDER_FILE_CAP} product files`, () => {
    const counts = new Map<string, number>();
    for (const { path } of product) {
      counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > FOLDER_FILE_CAP)).toEqual([]);
  });

  it(`has no product file over ${PRODUCT_LINE_CAP} lines, but for those named here`, () => {
    const long = product.filter(({ lines }) => lines > PRODUCT_LINE_CAP).map(({ path }) => path);
    expect(long.sort()).toEqual(Object.keys(LONG_FILES).sort());
  });

  it('exports nothing that nobody imports', () => {
    const declaring = library.filter(
      ({ path }) => !path.endsWith('.spec.ts') && !PUBLIC_ENTRIES.has(path),
    );
    expect(unusedExports(declaring, everything)).toEqual([]);
  });

  it('finds an export that nobody imports where there is one', () => {
    const files = [
      file('a.ts', 'export const one = 1, two = 2; export type Three = 3; export class Four {}'),
      file(
        'b.ts',
        "import { one, type Three as Drei } from './a.js'; export { two } from './a.js';",
      ),
      file('c.ts', "import * as all from './d.js'; const later = import('./e.js');"),
      file('d.ts', 'export function five() {}'),
      file('e.ts', 'export default 6;'),
    ];
    expect(unusedExports(files, files)).toEqual(['a.ts: Four', 'b.ts: two']);
  });

  it(`has no file over ${HARD_LINE_CAP} lines`, () => {
    const long = everything
      .filter((source) => source.lines > HARD_LINE_CAP)
      .map((source) => `${source.path}: ${source.lines}`);
    expect(long).toEqual([]);
  });

  it(`has a median file of at most ${MEDIAN_LINE_CAP} lines`, () => {
    const lengths = product.map((source) => source.lines).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(MEDIAN_LINE_CAP);
  });

  it('names every file in kebab-case', () => {
    const odd = everything.filter((source) => !/^[a-z0-9.\-/]+$/.test(source.path));
    expect(odd.map((source) => source.path)).toEqual([]);
  });
});
