import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  findModule,
  load,
  packagesOf,
  type Application,
  type ApplicationPackages,
} from '../document/application.js';
import { differenceIn, writeDocument } from '../document/document-file.js';
import { ContractError } from '../support/contract-error.js';
import { readArguments } from './arguments.js';
import { ASYNCAPI_HELP } from './help.js';
import { ASYNCAPI_OPTIONS } from './options.js';
import { ExitCode, type Terminal } from './terminal.js';

type Arguments = ReturnType<typeof readArguments>;

/** `nestwire asyncapi` */
export async function asyncApiCommand(
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const given = readArguments(args, ASYNCAPI_OPTIONS);
  if (given.has('help')) {
    terminal.print(ASYNCAPI_HELP);
    return ExitCode.Done;
  }
  const out = given.value('out');
  if (out === undefined && given.has('check')) {
    throw new ContractError(
      'Cannot check the document: expected --out with the file, current value is none',
    );
  }
  const [source, ...others] = given.positionals;
  if (others.length > 0) {
    throw new ContractError(
      `Cannot read arguments: expected one module, current value is ${given.positionals.join(' ')}`,
    );
  }
  const { cwd } = terminal;
  const options = documentOptions(given, terminal);
  const { file, value: module } = await findModule(cwd, source);
  const packages = await packagesOf(file);
  let document: object;
  try {
    document = await describe(module, packages, options, given, terminal);
  } catch (error) {
    if (error instanceof ContractError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const hint = given.has('construct')
      ? ''
      : 'Nothing was constructed: what is only known then, as the path of a gateway with useFactory, takes --construct.\n';
    terminal.complain(`${why}\n${hint}`);
    return ExitCode.Failed;
  }
  const isYaml = given.has('yaml') || /\.ya?ml$/.test(out ?? '');
  const text = isYaml
    ? packages.AsyncApiModule.toYaml(document)
    : `${JSON.stringify(document, null, 2)}\n`;
  if (out === undefined) {
    terminal.print(text);
    return ExitCode.Done;
  }
  const target = { path: resolve(cwd, out), text };
  if (!given.has('check')) {
    terminal.print(writeDocument(target) ? `Wrote ${out}\n` : `${out} is up to date\n`);
    return ExitCode.Done;
  }
  const difference = differenceIn(target);
  if (difference === undefined) {
    terminal.print(`${out} is up to date\n`);
    return ExitCode.Done;
  }
  terminal.complain(
    `${out} is out of date: the gateways say otherwise, where it has - lines and they have + lines.\n${difference}\nWrite it anew without --check.\n`,
  );
  return ExitCode.Failed;
}

/**
 * Loads the application and constructs nothing of it: what it connects to need not be there. What stands in
 * gateways is known then, and what `forRoot` was given.
 */
async function describe(
  module: unknown,
  { NestFactory, AsyncApiModule, FastifyAdapter }: ApplicationPackages,
  options: object,
  given: Arguments,
  terminal: Terminal,
): Promise<object> {
  const configure = given.value('configure');
  const prepare =
    configure === undefined
      ? undefined
      : await load(terminal.cwd, configure, 'configure', 'what configures the application');
  const app: Application = await NestFactory.create(
    module,
    ...(FastifyAdapter === undefined ? [] : [new FastifyAdapter()]),
    {
      preview: !given.has('construct'),
      abortOnError: false,
      logger: ['error'],
    },
  );
  try {
    if (typeof prepare?.value === 'function') await Reflect.apply(prepare.value, undefined, [app]);
    return await AsyncApiModule.createDocument(app, options);
  } finally {
    // A preview has nothing to close.
    if (given.has('construct')) await app.close();
  }
}

function documentOptions(given: Arguments, terminal: Terminal): object {
  const { name, version, description } = manifestOf(terminal.cwd);
  const title = given.value('title') ?? name;
  const number = given.value('api-version') ?? version;
  const servers = given.values('server').map((server): [string, string] => {
    const [key = '', url] = server.split(/=(.*)/s, 2);
    if (url !== undefined && key !== '') return [key, url];
    throw new ContractError(
      `Cannot read option --server: expected a name and a URL such as production=wss://example.com, current value is ${server}`,
    );
  });
  return {
    ...(title !== undefined && { title }),
    ...(number !== undefined && { version: number }),
    ...(description !== undefined && { description }),
    ...(servers.length > 0 && { servers: Object.fromEntries(servers) }),
    wire: !given.has('no-wire'),
    strict: given.has('strict'),
    ...(!given.has('strict') && {
      onGap: ({ place, what, expected }: Readonly<Record<string, string>>) =>
        terminal.complain(`${place}: ${what} is not declared, expected ${expected}\n`),
    }),
  };
}

type Manifest = Readonly<Partial<Record<'name' | 'version' | 'description', string>>>;

/** Of the application, where it has one. */
function manifestOf(cwd: string): Manifest {
  try {
    const { name, version, description } = JSON.parse(
      readFileSync(join(cwd, 'package.json'), 'utf8'),
    ) as Manifest;
    return Object.fromEntries(
      Object.entries({ name, version, description }).filter(
        ([, one]) => typeof one === 'string' && one !== '',
      ),
    );
  } catch {
    return {};
  }
}
