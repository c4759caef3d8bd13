/**
 * Where Nest's parameter decorators keep what they were told. Ours write to the same place, so that
 * `@Param()`, `@Query()`, `createParamDecorator()` and the decorators of `@nestjs/websockets` mix
 * freely with them on one method.
 */
export const ROUTE_ARGS_METADATA = '__routeArguments__';

/** Part of every key that `createParamDecorator` writes. */
export const CUSTOM_ARGS_MARK = '__customRouteArgs__';

/** Where Nest keeps the enhancers of a class or method. */
export const GUARDS_METADATA = '__guards__';
export const INTERCEPTORS_METADATA = '__interceptors__';
export const PIPES_METADATA = '__pipes__';
export const FILTERS_METADATA = '__exceptionFilters__';

/** The decorators that write them. */
export const METHOD_ENHANCERS: ReadonlyMap<unknown, string> = new Map([
  [GUARDS_METADATA, '@UseGuards'],
  [INTERCEPTORS_METADATA, '@UseInterceptors'],
  [PIPES_METADATA, '@UsePipes'],
  [FILTERS_METADATA, '@UseFilters'],
]);

/** Marks a provider to which Nest attaches request-scoped global enhancers, as it does to controllers. */
export const ENTRY_PROVIDER_METADATA = '__entryProvider__';

/** What `@WebSocketGateway` and `@SubscribeMessage` of `@nestjs/websockets`, an optional peer, write. */
export const STANDARD_GATEWAY = 'websockets:is_gateway';
export const STANDARD_GATEWAY_PORT = 'port';
export const STANDARD_GATEWAY_OPTIONS = 'websockets:gateway_options';
export const SUBSCRIBE_MESSAGE = 'websockets:message_mapping';

/** Where `@Controller` marks its classes. */
export const CONTROLLER = '__controller__';

/** What `@nestjs/swagger`, which need not be installed, writes on classes and their properties: its `DECORATORS`. */
export const SWAGGER_PROPERTIES = 'swagger/apiModelPropertiesArray';
export const SWAGGER_PROPERTY = 'swagger/apiModelProperties';
export const SWAGGER_EXTRA_MODELS = 'swagger/apiExtraModels';
export const SWAGGER_SCHEMA = 'swagger/apiSchema';
/** The static method that its compiler plugin adds to classes. */
export const SWAGGER_METADATA_FACTORY = '_OPENAPI_METADATA_FACTORY';
