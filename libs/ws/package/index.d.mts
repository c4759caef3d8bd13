// The same types, under the names of an ES module. It exports no value `Server`, as `ws` does not.
import type { IncomingMessage } from 'node:http';
import WebSocket from './index.cjs';

export import AddressInfo = WebSocket.AddressInfo;
export import CertMeta = WebSocket.CertMeta;
export import ClientOptions = WebSocket.ClientOptions;
export import CloseEvent = WebSocket.CloseEvent;
export import Data = WebSocket.Data;
export import ErrorEvent = WebSocket.ErrorEvent;
export import Event = WebSocket.Event;
export import EventListenerOptions = WebSocket.EventListenerOptions;
export import FinishRequestCallback = WebSocket.FinishRequestCallback;
export import MessageEvent = WebSocket.MessageEvent;
export import PerMessageDeflateOptions = WebSocket.PerMessageDeflateOptions;
export import RawData = WebSocket.RawData;
export import ServerOptions = WebSocket.ServerOptions;
export import VerifyClientCallbackAsync = WebSocket.VerifyClientCallbackAsync;
export import VerifyClientCallbackSync = WebSocket.VerifyClientCallbackSync;
export import WebSocketEventMap = WebSocket.WebSocketEventMap;
type Server<
  T extends typeof WebSocket = typeof WebSocket,
  U extends typeof IncomingMessage = typeof IncomingMessage,
> = WebSocket.Server<T, U>;
export { type Server };
export import WebSocketServer = WebSocket.WebSocketServer;
export import createWebSocketStream = WebSocket.createWebSocketStream;
export import extension = WebSocket.extension;
export import subprotocol = WebSocket.subprotocol;
export import Receiver = WebSocket.Receiver;
export import Sender = WebSocket.Sender;
export import PerMessageDeflate = WebSocket.PerMessageDeflate;

export default WebSocket;
export { WebSocket };
