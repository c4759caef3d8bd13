import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import type { AsyncApiOptions } from './document/asyncapi-options.js';
import { createDocument } from './document/create-document.js';
import type { AsyncApiPageOptions } from './page/page-options.js';
import { servePage, type DocumentSource } from './page/serve-page.js';
import { toYaml } from './page/yaml.js';
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

  /** The document as YAML. */
  static toYaml(document: AsyncApiDocument): string {
    return toYaml(document);
  }

  /**
   * Serves the document as JSON and YAML, and a page that shows it, in the form of `SwaggerModule.setup()`.
   *
   * Like the pages of Swagger it is a route below the guards: nobody is asked who comes. Put a middleware in front
   * of it where it is not for everybody.
   *
   * @param path such as `/asyncapi`; the document is at `/asyncapi-json` and `/asyncapi-yaml`
   * @param app before `init()` and `listen()`
   * @param document or what makes it, when it is first asked for; default `createDocument(app)`
   * @throws {WsConfigurationError} for a wrong option, and when `@asyncapi/react-component` is not installed
   */
  static setup(
    path: string,
    app: INestApplication,
    document: DocumentSource = () => createDocument(app),
    options: AsyncApiPageOptions = {},
  ): void {
    servePage(path, app, document, options);
  }
}
