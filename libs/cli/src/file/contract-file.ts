import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { openProject, type Project } from '../compiler/project.js';
import { contractOf } from '../contract/contract-of.js';
import { inSources, selectContracts, type Selection } from '../contract/select-contracts.js';
import { sentByContracts } from '../contract/sent-by-contracts.js';
import { findGateways } from '../gateways/find-gateways.js';
import { contractText } from '../print/contract-text.js';
import { lineDifference } from '../print/line-difference.js';
import { normalForm } from '../print/normal-form.js';
import type { Problem } from '../support/problem.js';
import type { Codec } from '../types/codec.js';
import { WireTypes } from '../types/wire-types.js';

/** Whose contracts are written, and how. */
export interface ContractOptions extends Selection {
  /** Where relative paths begin. Default: the working folder of the process. */
  readonly cwd?: string;
  /** A tsconfig file, or its folder. Default: `tsconfig.build.json`, else `tsconfig.json`. */
  readonly project?: string;
  /** The subprotocol whose handlers are meant, where an event has one for each. */
  readonly protocol?: string;
  /** What carries the values. Default `json`; with `msgpack` dates and bytes stay what they are. */
  readonly codec?: Codec;
  /** Whether events and mail are written as well: what the gateways send, and what they use sends. Default false. */
  readonly events?: boolean;
  /** Told of what is sent and was left out, with `events`, because nobody can tell its name or its path. */
  readonly onNote?: (note: Problem) => void;
}

/** The same, for a file. */
export interface ContractFileOptions extends ContractOptions {
  /** Where the contract stands. */
  readonly out: string;
}

/**
 * The contracts of gateways, read from their sources: TypeScript that needs no other file.
 * @throws {ContractError} for sources that no contract can be made of, and for what cannot be found
 */
export function readContract(options: ContractOptions = {}): string {
  return read(options).text;
}

/**
 * Writes the contracts of gateways into a file, which is left alone when it holds them already.
 * @returns whether the file was written
 * @throws {ContractError} as `readContract` does; the file is left as it is
 */
export function writeContract(options: ContractFileOptions): boolean {
  const { project, text } = read(options);
  const file = resolve(project.folder, options.out);
  const before = textOf(file);
  // However it is formatted.
  if (before !== undefined && differenceOf(project, before, text) === undefined) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return true;
}

/**
 * Holds a file against the gateways.
 * @returns what is different, line by line; `undefined` when nothing is
 * @throws {ContractError} as `readContract` does
 */
export function checkContract(options: ContractFileOptions): string | undefined {
  const { project, text } = read(options);
  return differenceOf(project, textOf(resolve(project.folder, options.out)) ?? '', text);
}

function read(options: ContractOptions): { project: Project; text: string } {
  const project = openProject(resolve(options.cwd ?? process.cwd()), options.project);
  return { project, text: readProject(project, options) };
}

/** The same of sources that were read before. */
export function readProject(project: Project, options: ContractOptions): string {
  const { protocol, codec = 'json', events = false, sources: files = [] } = options;
  const gateways = findGateways(project);
  const sources = selectContracts(project, gateways, options);
  const types = new WireTypes(project, codec);
  const sentOn = events
    ? sentByContracts(project, gateways, inSources(project.folder, files))
    : () => [];
  const contracts = sources.map((source) =>
    contractOf(project, types, source, sentOn(source), protocol),
  );
  project.problems.throwIfAny();
  if (options.onNote !== undefined) project.notes.all.forEach(options.onNote);
  return contractText(contracts);
}

function differenceOf({ ts }: Project, before: string, after: string): string | undefined {
  const [old, fresh] = [normalForm(ts, before), normalForm(ts, after)];
  return old === fresh ? undefined : lineDifference(old, fresh);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
