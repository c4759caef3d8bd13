import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { Attachments } from './attachments.service.js';

@Controller('attachments')
export class AttachmentsController {
  constructor(private readonly attachments: Attachments) {}

  /** Bytes of strangers are saved, and never shown as a page of this server. */
  @Get(':id')
  @Header('X-Content-Type-Options', 'nosniff')
  file(@Param('id') id: string): StreamableFile {
    const found = this.attachments.find(id);
    if (found === undefined) throw new NotFoundException('The file is gone');
    return new StreamableFile(found.bytes, {
      type: 'application/octet-stream',
      length: found.bytes.length,
      disposition: `attachment; filename*=UTF-8''${encoded(found.name)}`,
    });
  }
}

/** As RFC 8187 wants it in a header. */
function encoded(name: string): string {
  const wellFormed = name.replaceAll(/\p{Cs}/gu, '\uFFFD');
  return encodeURIComponent(wellFormed).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
