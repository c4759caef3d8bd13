export { AsyncApiModule } from './asyncapi.module.js';
export type { AsyncApiOptions, AsyncApiServer } from './document/asyncapi-options.js';
export type { AsyncApiPageOptions } from './page/page-options.js';
export type { DocumentSource } from './page/serve-page.js';
export { ApiAsks, type ApiAsksOptions } from './decorators/api-asks.decorator.js';
export { ApiChannel, type ApiChannelOptions } from './decorators/api-channel.decorator.js';
export { ApiEmits, type ApiEmitsOptions } from './decorators/api-emits.decorator.js';
export { ApiOperation, type ApiOperationOptions } from './decorators/api-operation.decorator.js';
export { ApiReply, type ApiReplyOptions } from './decorators/api-reply.decorator.js';
export { ApiSecurity, type SecurityScheme } from './decorators/api-security.decorator.js';
export type { MessageDescription } from './decorators/api-options.js';
export type { ApiType } from './schemas/api-type.js';
export type { Gap } from './schemas/gaps.js';
export type { JsonSchema } from './schemas/json-schema.js';
export type { StandardSchema } from './schemas/standard-schema.js';
export type {
  AsyncApiDocument,
  ChannelObject,
  ContactObject,
  InfoObject,
  LicenseObject,
  MessageObject,
  OperationObject,
  Reference,
  ServerObject,
} from './writer/document.js';
