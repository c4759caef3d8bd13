import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import type { ResolvedWsOptions } from '../options/ws-options.resolver.js';
import { WS_OPTIONS } from '../options/ws.module-definition.js';
import { joinPath, pathOf } from '../routes/gateway-path.js';
import { WsConfigurationError } from '../support/ws-configuration-error.js';
import { SOCKET } from './inspector-gateway.js';
import { INSPECTOR, type ResolvedInspector } from './inspector-options.js';

/** Made by the build from the sources in `page`. */
const ASSETS = { script: 'inspector.js', style: 'inspector.css' } as const;

/** What Express and Fastify have in common. */
interface HttpRequest {
  readonly url: string;
  readonly originalUrl?: string;
}
interface HttpResponse {
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

const HEADERS: Readonly<Record<string, string>> = {
  // Nothing inline and nothing from elsewhere; nobody may put it in a frame.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
  'Cache-Control': 'no-store',
};

/** The page and its files, as they were built. */
@Injectable()
export class InspectorPage implements OnModuleInit {
  readonly #options: ResolvedInspector;
  readonly #prefix: string | undefined;
  readonly #isApart: boolean;
  #script = '';
  #style = '';

  constructor(
    @Inject(INSPECTOR) options: ResolvedInspector,
    @Inject(WS_OPTIONS) { prefix, ownPort }: ResolvedWsOptions,
  ) {
    this.#options = options;
    this.#prefix = prefix;
    this.#isApart = ownPort !== undefined;
  }

  get script(): string {
    return this.#script;
  }

  get style(): string {
    return this.#style;
  }

  /** @internal @throws {WsConfigurationError} */
  async onModuleInit(): Promise<void> {
    if (this.#isApart) {
      throw new WsConfigurationError(
        'Cannot start InspectorModule: expected gateways on the server of the application, current value is a port of their own (WsModule option port)',
      );
    }
    [this.#script, this.#style] = await Promise.all([load(ASSETS.script), load(ASSETS.style)]);
  }

  /** @param target of the request for the page: its files stand beside it, whatever a proxy has put in front */
  html(target: string): string {
    const path = pathOf(target);
    const beside = path.endsWith('/') ? './' : `./${path.slice(path.lastIndexOf('/') + 1)}/`;
    const socket =
      this.#prefix === undefined
        ? beside + SOCKET
        : joinPath(this.#prefix, this.#options.path, SOCKET);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Inspector</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escaped(beside)}${ASSETS.style}">
<script type="module" src="${escaped(beside)}${ASSETS.script}"></script>
</head>
<body data-socket="${escaped(socket)}">
<noscript>The inspector needs JavaScript.</noscript>
</body>
</html>
`;
  }
}

/** Answers by itself: an interceptor that puts answers of the application into a form would spoil a page. */
class PageController {
  readonly #page: InspectorPage;

  constructor(@Inject(InspectorPage) page: InspectorPage) {
    this.#page = page;
  }

  @Get()
  page(@Req() { url, originalUrl = url }: HttpRequest, @Res() response: HttpResponse): void {
    answer(response, 'text/html', this.#page.html(originalUrl));
  }

  @Get(ASSETS.script)
  script(@Res() response: HttpResponse): void {
    answer(response, 'text/javascript', this.#page.script);
  }

  @Get(ASSETS.style)
  style(@Res() response: HttpResponse): void {
    answer(response, 'text/css', this.#page.style);
  }
}

/** The controller of an inspector: a class of its own, for its guard is the application's. */
export function inspectorController({ path, guard }: ResolvedInspector): Type {
  class InspectorController extends PageController {}
  UseGuards(guard)(InspectorController);
  Controller({ path, version: VERSION_NEUTRAL })(InspectorController);
  return InspectorController;
}

function answer(response: HttpResponse, type: string, body: string): void {
  for (const [name, value] of Object.entries(HEADERS)) response.header(name, value);
  response.header('Content-Type', `${type}; charset=utf-8`);
  response.send(body);
}

/** @throws {WsConfigurationError} */
async function load(name: string): Promise<string> {
  const path = fileURLToPath(new URL(`./assets/${name}`, import.meta.url));
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WsConfigurationError(
      `Cannot start InspectorModule: expected its page, which \`npm run build\` makes, current value is ${path} (${why})`,
    );
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
