import { ASYNCAPI_OPTIONS, CONTRACT_OPTIONS, type CommandOption } from './options.js';

export const HELP = `Usage: nestwire <command> [options]

Commands:
  asyncapi    writes the document of AsyncAPI, from the built application
  contract    writes the contract of gateways, from their sources

nestwire <command> --help says what a command takes; nestwire --version which one this is.
`;

export const CONTRACT_HELP = `Usage: nestwire contract [options] [file or folder ...]

Writes what gateways speak as TypeScript types for their clients, from their own sources. Files and
folders say which gateways are looked at; default are all of the project.

Options:
${optionLines(CONTRACT_OPTIONS)}

It ends with 0; with 1 when sources hold what no contract can say, or --check finds a difference; with
2 when it was called in a wrong way.
`;

export const ASYNCAPI_HELP = `Usage: nestwire asyncapi [options] [file[#module]]

Writes what gateways speak as a document of AsyncAPI 3. It loads the root module of the application, which has
to be built; default are AppModule of dist/app.module.js, dist/src/app.module.js or build/app.module.js. Nothing
is constructed or started.

Options:
${optionLines(ASYNCAPI_OPTIONS)}

It ends with 0; with 1 when the application cannot be described, or --check or --strict finds something; with
2 when it was called in a wrong way.
`;

function optionLines(options: Readonly<Record<string, CommandOption>>): string {
  const heads = Object.entries(options).map(([name, { value, short, help }]) => {
    const mark = short === undefined ? '    ' : `-${short}, `;
    return [`  ${mark}--${name}${value === undefined ? '' : ` <${value}>`}`, help] as const;
  });
  const width = Math.max(...heads.map(([head]) => head.length)) + 2;
  return heads.map(([head, help]) => head.padEnd(width) + help).join('\n');
}
