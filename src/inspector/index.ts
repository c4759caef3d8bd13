export { InspectorModule } from './inspector.module.js';
export type { InspectorGuard, InspectorOptions } from './inspector-options.js';
