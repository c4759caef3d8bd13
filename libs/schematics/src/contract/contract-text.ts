import type { FilePlace } from '../project/file-options.js';

export function contractText({ name, className }: FilePlace): string {
  return `import { contract } from 'nestwire';

/** What both ends of /${name} say. Pages import it as a type: connect<${className}>('wss://example.com/${name}'). */
export interface ${className} {
  /** What clients ask, and what they are answered. */
  calls: {
    say(data: { text: string }): { said: string };
  };
  /** What the server sends by itself. */
  events: {
    said: { text: string };
  };
}

/** @OnMessage of this contract: it checks names, data and answers when the program is compiled. */
export const { OnMessage } = contract<${className}>();
`;
}
