import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { PageFiles, type PageFile } from './page-files.js';

// What a page shows comes from strangers: nothing but the page's own files may run, and nobody may
// put the page into a frame. ws: and wss: are named because not every browser counts the page's own
// WebSocket as 'self'.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

@Controller()
export class PageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  @Header('Content-Security-Policy', POLICY)
  @Header('X-Content-Type-Options', 'nosniff')
  page(): StreamableFile {
    return answer(this.files.page);
  }

  // The path of a file below sample/, so that modules import each other by the paths they have there.
  @Get('assets/:folder/public/:name')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  asset(@Param('folder') folder: string, @Param('name') name: string): StreamableFile {
    return answer(this.files.find(folder, name));
  }
}

function answer(file: PageFile | undefined): StreamableFile {
  if (file === undefined) throw new NotFoundException();
  return new StreamableFile(file.bytes, { type: file.type, length: file.bytes.length });
}
