import { readFileSync } from 'node:fs';
import { ContractError } from '../support/contract-error.js';
import { unknownName } from '../support/unknown-name.js';
import { contractCommand } from './contract-command.js';
import { HELP } from './help.js';
import { ExitCode, type Terminal } from './terminal.js';

const COMMANDS: Readonly<
  Record<string, (args: readonly string[], terminal: Terminal) => ExitCode>
> = { contract: contractCommand };

/** Runs `nestwire` with what stands behind it on the command line. */
export function runCommand(args: readonly string[], terminal: Terminal): ExitCode {
  try {
    return run(args, terminal);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    terminal.complain(`${error.message}\n`);
    return error.problems.length > 0 ? ExitCode.Failed : ExitCode.WrongUse;
  }
}

function run([name = '', ...rest]: readonly string[], terminal: Terminal): ExitCode {
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
