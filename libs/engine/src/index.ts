// The entry `nestwire/engine`: the engine, and the API of `ws` on it.
export * from './core.js';
export * from './ws/index.js';
export { default } from './ws/index.js';
