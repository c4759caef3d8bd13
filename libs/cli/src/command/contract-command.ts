import { checkContract, readContract, writeContract } from '../file/contract-file.js';
import { ContractError } from '../support/contract-error.js';
import { describeProblem, type Problem } from '../support/problem.js';
import { unknownName } from '../support/unknown-name.js';
import { CODECS, type Codec } from '../types/codec.js';
import { readArguments } from './arguments.js';
import { CONTRACT_HELP } from './help.js';
import { CONTRACT_OPTIONS } from './options.js';
import { ExitCode, type Terminal } from './terminal.js';

/** `nestwire contract` */
export function contractCommand(args: readonly string[], terminal: Terminal): ExitCode {
  const given = readArguments(args, CONTRACT_OPTIONS);
  if (given.has('help')) {
    terminal.print(CONTRACT_HELP);
    return ExitCode.Done;
  }
  const [project, protocol, out] = ['project', 'protocol', 'out'].map((name) => given.value(name));
  const options = {
    cwd: terminal.cwd,
    sources: given.positionals,
    paths: given.values('path'),
    gateways: given.values('gateway'),
    codec: readCodec(given.value('codec')),
    events: given.has('events'),
    onNote: (note: Problem) => terminal.complain(`${describeProblem(note)}\n`),
    ...(project === undefined ? {} : { project }),
    ...(protocol === undefined ? {} : { protocol }),
  };
  if (out === undefined) {
    if (given.has('check')) {
      throw new ContractError(
        'Cannot check the contract: expected --out with the file, current value is none',
      );
    }
    terminal.print(readContract(options));
    return ExitCode.Done;
  }
  if (!given.has('check')) {
    const isWritten = writeContract({ ...options, out });
    terminal.print(isWritten ? `Wrote ${out}\n` : `${out} is up to date\n`);
    return ExitCode.Done;
  }
  const difference = checkContract({ ...options, out });
  if (difference === undefined) {
    terminal.print(`${out} is up to date\n`);
    return ExitCode.Done;
  }
  terminal.complain(
    `${out} is out of date: the gateways say otherwise, where it has - lines and they have + lines.\n${difference}\nWrite it anew without --check.\n`,
  );
  return ExitCode.Failed;
}

function readCodec(given = 'json'): Codec {
  const codec = CODECS.find((one) => one === given);
  if (codec !== undefined) return codec;
  throw new ContractError(`Cannot read option --codec: ${unknownName(given, CODECS)}`);
}
