import { parse, type Token } from 'path-to-regexp';
import { UniqueNames } from '../schemas/unique-names.js';

/** A parameter of a path, as AsyncAPI names it. */
interface AddressParameter {
  /** In the address: letters, digits and `_`. */
  readonly name: string;
  /** In the gateway, where it may be called anything. */
  readonly original: string;
  readonly isWildcard: boolean;
  readonly isOptional: boolean;
}

/** A path, as AsyncAPI writes it: `/chat/{room}`. */
export interface ChannelAddress {
  readonly address: string;
  readonly parameters: readonly AddressParameter[];
  /** What may be left out of it. */
  readonly optional: readonly string[];
  /** A name for it, from what stands in it. */
  readonly name: string;
}

/** @param pattern in the syntax of controllers: `/chat/:room`, `/files/*path`, `/a{/:b}` */
export function channelAddress(pattern: string): ChannelAddress {
  const names = new UniqueNames();
  const parameters: AddressParameter[] = [];
  const optional: string[] = [];
  const write = (tokens: readonly Token[], isOptional: boolean): string =>
    tokens
      .map((token) => {
        if (token.type === 'text') return literal(token.value);
        if (token.type === 'group') {
          const inner = write(token.tokens, true);
          if (!isOptional) optional.push(inner);
          return inner;
        }
        const name = names.take(token.name.replaceAll('.', '_'));
        const isWildcard = token.type === 'wildcard';
        parameters.push({ name, original: token.name, isWildcard, isOptional });
        return `{${name}}`;
      })
      .join('');
  const address = write(parse(pattern).tokens, false);
  const words = address.split(/[/{}]+/).filter(Boolean);
  return { address, parameters, optional, name: words.length === 0 ? 'root' : words.join('.') };
}

/** Braces stand for parameters there. */
function literal(text: string): string {
  return text.replaceAll('{', '%7B').replaceAll('}', '%7D');
}
