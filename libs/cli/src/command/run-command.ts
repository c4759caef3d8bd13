import { readFileSync } from 'node:fs';
import { ContractError } from '../support/contract-error.js';
import { unknownName } from '../support/unknown-name.js';
import { asyncApiCommand } from './asyncapi-command.js';
import { contractCommand } from './contract-command.js';
import { HELP } from './help.js';
import { ExitCode, type Terminal } from './terminal.js';

type Ending = ExitCode | Promise<ExitCode>;

const COMMANDS: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Ending>> =
  { asyncapi: asyncApiCommand, contract: contractCommand };

/** Runs `nestwire` with what stands behind it on the command line. */
export function runCommand(args: readonly string[], terminal: Terminal): Ending {
  const refused = (error: unknown): ExitCode => {
    if (!(error instanceof ContractError)) throw error;
    terminal.complain(`${error.message}\n`);
    return error.problems.length > 0 ? ExitCode.Failed : ExitCode.WrongUse;
  };
  try {
    const ending = run(args, terminal);
    return ending instanceof Promise ? ending.catch(refused) : ending;
  } catch (error) {
    return refused(error);
  }
}

function run([name = '', ...rest]: readonly string[], terminal: Terminal): Ending {
  if (/^(--help|-h|help)$/.test(name)) {
    terminal.print(HELP);
    return ExitCode.Done;
  }
  if (/^(--version|-v)$/.test(name)) {
    terminal.print(`${version()}\n`);
    return ExitCode.Done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command(rest, terminal);
  if (name === '') {
    terminal.complain(HELP);
    return ExitCode.WrongUse;
  }
  const isOption = name.startsWith('-');
  const known = isOption ? ['--help', '--version'] : Object.keys(COMMANDS);
  throw new ContractError(
    `Cannot run nestwire: ${isOption ? 'option' : 'command'}: ${unknownName(name, known)}`,
  );
}

/** Of the package, whose file stands above this one wherever it was built. */
function version(): string {
  for (let at = new URL('.', import.meta.url); at.pathname !== '/'; at = new URL('..', at)) {
    const text = tryToRead(new URL('package.json', at));
    const found: unknown = text === undefined ? undefined : JSON.parse(text);
    if (isManifest(found)) return found.version;
  }
  return 'unknown';
}

function isManifest(found: unknown): found is { version: string } {
  return (
    typeof found === 'object' && found !== null && 'name' in found && found.name === 'nestwire'
  );
}

function tryToRead(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return undefined;
  }
}
