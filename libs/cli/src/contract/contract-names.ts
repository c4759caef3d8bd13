import type { Address, GatewaySource } from '../gateways/gateway-source.js';
import { uniqueName } from './unique-name.js';

interface Named {
  readonly address: Address;
  readonly gateways: readonly GatewaySource[];
}

/** Parameters of a path: `:room`, `*path`, `:"a name"`. */
const PARAMETER = /[:*](?:"[^"]*"|[\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/**
 * What contracts are called: by the words of the path, `ChatContract` for `/chat/:room`; with the parameters
 * where another is called so. Those without a path have the name of their gateway.
 */
export function contractNames(contracts: readonly Named[]): string[] {
  const short = contracts.map((one) => nameOf(one, false));
  const taken = new Set<string>();
  return contracts.map((one, index) => {
    const own = short[index] ?? '';
    const isShared = short.some((other, at) => at !== index && other === own);
    return uniqueName(isShared ? nameOf(one, true) : own, taken);
  });
}

function nameOf({ address: { path, version }, gateways }: Named, hasParameters: boolean): string {
  const text = path ?? gateways[0]?.name.replace(/Gateway$/, '') ?? '';
  const words = pascal(hasParameters ? text : text.replaceAll(PARAMETER, ''));
  const mark = version === '' ? '' : pascal(`v${version}`);
  return `${words === '' ? 'Root' : words}${mark}Contract`.replace(/^(?=\d)/, 'Path');
}

function pascal(text: string): string {
  const words = text.match(/[\p{ID_Start}\p{ID_Continue}$]+/gu) ?? [];
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}
