import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';

const read = (name: string): string =>
  readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8');

// Read once; there is no build step behind them.
const PAGE = read('index.html');
const SCRIPT = read('poll.js');
const STYLE = read('poll.css');

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

@Controller()
export class PageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(): string {
    return PAGE;
  }

  @Get('poll.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return SCRIPT;
  }

  @Get('poll.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return STYLE;
  }
}
