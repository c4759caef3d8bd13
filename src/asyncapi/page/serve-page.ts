import { Logger, type INestApplication } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { configurationPlace } from '../../options/configuration-place.js';
import { joinPath } from '../../routes/gateway-path.js';
import { describeError, stackOf } from '../../support/describe-error.js';
import { WsConfigurationError } from '../../support/ws-configuration-error.js';
import type { AsyncApiDocument } from '../writer/document.js';
import { componentFiles } from './component-files.js';
import { PAGE_POLICY, pageHtml } from './page-html.js';
import { PAGE_OPTIONS, type AsyncApiPageOptions } from './page-options.js';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-script.js';
import { toYaml } from './yaml.js';

/** A document, or what makes it. */
export type DocumentSource =
  AsyncApiDocument | (() => AsyncApiDocument | Promise<AsyncApiDocument>);

/** What is answered at one address. */
interface Answer {
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @param url of the request */
  body(url: string): string | Promise<string>;
}

const PLACE = configurationPlace('option of AsyncApiModule.setup', ': ');
const TEXT = '; charset=utf-8';
/** The files of a package change with its version alone. */
const FILES = { 'Cache-Control': 'public, max-age=3600' };

const logger = new Logger('AsyncApiModule');

/** Adds routes to an application that has not been initialised. @throws {WsConfigurationError} */
export function servePage(
  path: string,
  app: INestApplication,
  source: DocumentSource,
  given: AsyncApiPageOptions,
): void {
  if (typeof path !== 'string') {
    throw new WsConfigurationError(
      `Cannot set up AsyncAPI: expected a path such as /asyncapi, current value is ${String(path)}`,
    );
  }
  const options = PAGE_OPTIONS.resolve(given, PLACE);
  const forms = options.raw === true ? ['json', 'yaml'] : options.raw || [];
  if (options.ui && !forms.includes('json')) {
    throw PLACE.in('raw').refuse("'json' among them for the page, or ui: false", options.raw);
  }
  const prefix = options.useGlobalPrefix ? app.get(ApplicationConfig).getGlobalPrefix() : '';
  const at = joinPath(prefix, path);
  const json = documentPath(prefix, options.jsonDocumentUrl, `${at}-json`);
  const yaml = documentPath(prefix, options.yamlDocumentUrl, `${at}-yaml`);
  const document = once(source);
  const serve = (where: string, answer: Answer): void => route(app, where, answer);
  if (forms.includes('json')) {
    const text = once(async () => JSON.stringify(await document()));
    serve(json, { type: 'application/json', body: text });
  }
  if (forms.includes('yaml')) {
    const text = once(async () => toYaml(await document()));
    serve(yaml, { type: `application/yaml${TEXT}`, body: text });
  }
  if (!options.ui) return;
  const files = componentFiles();
  const page: Answer = {
    type: `text/html${TEXT}`,
    headers: { 'Content-Security-Policy': PAGE_POLICY, 'Cache-Control': 'no-cache' },
    body: (url) => pageHtml(addressesFrom(url, at, json)),
  };
  serve(at, page);
  if (at !== '/') {
    try {
      serve(`${at}/`, page);
    } catch {
      // A router that does not tell the two apart has it already.
    }
  }
  const script = once(() => files.script());
  const style = once(() => files.style());
  const folder = at === '/' ? '' : at;
  const javascript = `text/javascript${TEXT}`;
  serve(`${folder}/component.js`, { type: javascript, headers: FILES, body: script });
  serve(`${folder}/component.css`, { type: `text/css${TEXT}`, headers: FILES, body: style });
  serve(`${folder}/page.js`, { type: javascript, body: () => PAGE_SCRIPT });
  serve(`${folder}/page.css`, { type: `text/css${TEXT}`, body: () => PAGE_STYLE });
}

function documentPath(prefix: string, given: string | undefined, fallback: string): string {
  return given === undefined ? fallback : joinPath(prefix, given);
}

/** Relative ones: a proxy may have put something in front of the path. */
function addressesFrom(url: string, at: string, json: string): Parameters<typeof pageHtml>[0] {
  const [path = ''] = url.split('?', 1);
  const hasSlash = path.endsWith('/');
  const last = at.slice(at.lastIndexOf('/') + 1);
  const up = '../'.repeat(at.split('/').length - (hasSlash ? 1 : 2));
  return {
    assets: hasSlash ? './' : `./${last}/`,
    document: `${up === '' ? './' : up}${json.slice(1)}`,
  };
}

function route(app: INestApplication, path: string, answer: Answer): void {
  const http = app.getHttpAdapter();
  http.get(path, (request: unknown, response: unknown): void => {
    const send = (body: string, status: number, type: string): void => {
      http.setHeader(response, 'Content-Type', type);
      http.setHeader(response, 'X-Content-Type-Options', 'nosniff');
      for (const [name, value] of Object.entries(answer.headers ?? {})) {
        if (status === 200) http.setHeader(response, name, value);
      }
      http.reply(response, body, status);
    };
    const answering = async (): Promise<void> => {
      send(await answer.body(String(http.getRequestUrl?.(request))), 200, answer.type);
    };
    answering().catch((error: unknown) => {
      logger.error(`Cannot write the AsyncAPI document: ${describeError(error)}`, stackOf(error));
      send('Internal Server Error', 500, `text/plain${TEXT}`);
    });
  });
}

/** Makes something when it is first asked for; what has failed is tried again. */
function once<Made extends AsyncApiDocument | string>(
  source: Made | (() => Made | Promise<Made>),
): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () => {
    made ??= make(source).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

async function make<Made extends AsyncApiDocument | string>(
  source: Made | (() => Made | Promise<Made>),
): Promise<Made> {
  return typeof source === 'function' ? source() : source;
}
