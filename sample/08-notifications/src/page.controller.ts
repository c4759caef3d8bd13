import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';

const PUBLIC = new URL('../public/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

// Read once: what is asked for is looked up among these names, and never becomes a path.
const FILES = new Map(
  readdirSync(PUBLIC).map((name) => [
    name,
    { type: TYPES[extname(name)], bytes: readFileSync(new URL(name, PUBLIC)) },
  ]),
);

// Nothing but the page's own files may run, and nobody may
// put the page into a frame. ws: and wss: are named because not every browser counts the page's
// own WebSocket as 'self'.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the page and its few files; there is no build step behind them. */
@Controller()
export class PageController {
  @Get()
  @Header('Content-Security-Policy', POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  page(): StreamableFile {
    return this.file('index.html');
  }

  @Get('assets/:name')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  asset(@Param('name') name: string): StreamableFile {
    return this.file(name);
  }

  private file(name: string): StreamableFile {
    const file = FILES.get(name);
    if (file === undefined) throw new NotFoundException();
    return new StreamableFile(file.bytes, { type: file.type, length: file.bytes.length });
  }
}
