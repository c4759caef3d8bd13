import type { INestApplicationContext } from '@nestjs/common';
import type { AsyncApiOptions } from './document/asyncapi-options.js';
import { createDocument } from './document/create-document.js';
import type { AsyncApiDocument } from './writer/document.js';

/** Describes the gateways of an application as a document of AsyncAPI 3. */
// oxlint-disable-next-line typescript/no-extraneous-class -- the form of SwaggerModule
export class AsyncApiModule {
  /**
   * Makes the document of an application, from the decorators and types of its gateways.
   *
   * @param app after `NestFactory.create()`; it need not have started, and a preview will do
   * @throws {WsConfigurationError} as a rejection: for a wrong option or gateway, and with `strict` for what nobody
   *   has declared
   */
  static createDocument(
    app: INestApplicationContext,
    options?: AsyncApiOptions,
  ): Promise<AsyncApiDocument> {
    return createDocument(app, options);
  }
}
