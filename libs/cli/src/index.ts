export {
  checkContract,
  readContract,
  writeContract,
  type ContractFileOptions,
  type ContractOptions,
} from './file/contract-file.js';
export type { Selection } from './contract/select-contracts.js';
export { ContractError } from './support/contract-error.js';
export type { Problem } from './support/problem.js';
export type { Codec } from './types/codec.js';
