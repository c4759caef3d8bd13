export type { AnyContract, Contract } from './contract.js';
export type {
  CallAnswer,
  CallData,
  CallName,
  DataOf,
  EventData,
  EventName,
  MailData,
  MailName,
  PresenceOf,
  QuestionAnswer,
  QuestionData,
  QuestionName,
  StreamData,
  StreamItem,
  StreamName,
  UserOf,
} from './contract-parts.js';
