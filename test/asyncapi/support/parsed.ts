import { DiagnosticSeverity, Parser, type AsyncAPIDocumentInterface } from '@asyncapi/parser';
import type { AsyncApiDocument } from 'nestwire/asyncapi';

const parser = new Parser();

/** What the parser of AsyncAPI makes of a document, and what it says against it. */
export async function parse(
  source: AsyncApiDocument | string,
): Promise<{ document: AsyncAPIDocumentInterface | undefined; complaints: string[] }> {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const { document, diagnostics } = await parser.parse(text);
  const complaints = diagnostics
    .filter(({ severity }) => SEVERE.has(severity))
    .filter(({ code }) => !ADVICE.has(String(code)))
    .map(({ code, message, path }) => `${code} ${path.join('.')}: ${message}`);
  return { document, complaints };
}

const SEVERE = new Set([DiagnosticSeverity.Error, DiagnosticSeverity.Warning]);

/** What has to be said by the application, or is advice for people who write documents by hand. */
const ADVICE = new Set([
  'asyncapi-latest-version',
  'asyncapi-id',
  'asyncapi-info-contact',
  'asyncapi-info-description',
  'asyncapi-info-license',
  'asyncapi3-tags',
  'asyncapi-defaultContentType',
]);
