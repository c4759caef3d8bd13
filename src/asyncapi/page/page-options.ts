import { flag, kind, OptionTable, text, type OptionsFor } from '#hub';

/** What is served beside the page, or instead of it. */
type Raw = boolean | readonly ('json' | 'yaml')[];

/** What `AsyncApiModule.setup()` takes, in the form of `SwaggerModule.setup()`. */
export interface AsyncApiPageOptions {
  /** Whether the application's global prefix is put in front. Default false. */
  useGlobalPrefix?: boolean;
  /** Whether there is a page; it takes the package `@asyncapi/react-component`. Default true. */
  ui?: boolean;
  /** Whether the document itself is served, or in which forms. The page needs `json`. Default true. */
  raw?: Raw;
  /** Where it is served as JSON. Default: the path with `-json` behind it. */
  jsonDocumentUrl?: string;
  /** Where it is served as YAML. Default: the path with `-yaml` behind it. */
  yamlDocumentUrl?: string;
}

const raw = kind(
  "true, false or a list of 'json' and 'yaml'",
  (value): value is Raw =>
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every((one) => one === 'json' || one === 'yaml')),
);

export const PAGE_OPTIONS = new OptionTable({
  useGlobalPrefix: flag(false),
  ui: flag(true),
  raw: raw(true),
  jsonDocumentUrl: text(undefined),
  yamlDocumentUrl: text(undefined),
} satisfies OptionsFor<AsyncApiPageOptions>);
