export {
  fakeServer,
  type FakeAttempt,
  type FakeConnection,
  type FakeGrant,
  type FakeRequest,
  type FakeRoom,
  type FakeServer,
  type FakeServerOptions,
  type FakeUpload,
} from './fake-server.js';
export { itemSource, type ItemSource } from './item-source.js';
