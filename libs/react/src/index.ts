'use client';

export {
  ClientProvider,
  useClient,
  type ClientProviderProps,
} from './connection/client-context.js';
export { useConnect } from './connection/use-connect.js';
export { useConnection } from './connection/use-connection.js';
export { useCall, type UseCall } from './messages/use-call.js';
export { useEvent } from './messages/use-event.js';
export { useStream, type UseStream, type UseStreamOptions } from './messages/use-stream.js';
export { useUpload, type UseUpload } from './messages/use-upload.js';
export { usePresence } from './rooms/use-presence.js';
export { useRoom, type UseRoom, type UseRoomOptions } from './rooms/use-room.js';
