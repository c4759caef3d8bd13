import type { AnyContract, Contract } from './contract.js';

type WirePart = 'calls' | 'streams' | 'uploads' | 'events' | 'mail' | 'questions';

/**
 * What holds where a contract leaves a part out: nothing; but anything where it says nothing of the wire,
 * only whose the connection is. `Contract` itself is what TypeScript infers from a class, as in
 * `app.get(Rooms)`, and says nothing either.
 */
type LeftOut<C extends Contract, Anything, Nothing> = Contract extends C
  ? Anything
  : [Extract<keyof C, WirePart | 'presence'>] extends [never]
    ? Anything
    : Nothing;

/** Names of a part's members. */
type Name<C extends Contract, P extends WirePart> =
  C extends Record<P, infer M extends object>
    ? Extract<keyof M, string>
    : LeftOut<C, string, never>;

/** A part's member of that name. */
type Member<C extends Contract, P extends WirePart, N> =
  C extends Record<P, infer M extends object>
    ? N extends keyof M
      ? M[N]
      : never
    : LeftOut<C, AnyContract[P][string], never>;

/** What one end hands over: nothing where the function takes nothing. */
type DataOfFunction<F> = F extends (...given: infer A) => unknown
  ? A extends readonly []
    ? undefined
    : A[0]
  : never;

type AnswerOfFunction<F> = F extends (...given: never[]) => infer A ? Awaited<A> : never;

/**
 * What stands behind a name in a call: the data, which may be left out where it may be `undefined`, and
 * options.
 */
export type Given<Data, Options> = undefined extends Data
  ? [data?: Data, options?: Options]
  : [data: Data, options?: Options];

export type CallName<C extends Contract> = Name<C, 'calls'>;
export type CallData<C extends Contract, N extends CallName<C>> = DataOfFunction<
  Member<C, 'calls', N>
>;
export type CallAnswer<C extends Contract, N extends CallName<C>> = AnswerOfFunction<
  Member<C, 'calls', N>
>;

export type StreamName<C extends Contract> = Name<C, 'streams'>;
export type StreamData<C extends Contract, N extends StreamName<C>> = DataOfFunction<
  Member<C, 'streams', N>
>;
export type StreamItem<C extends Contract, N extends StreamName<C>> = AnswerOfFunction<
  Member<C, 'streams', N>
>;

export type UploadName<C extends Contract> = Name<C, 'uploads'>;
export type UploadData<C extends Contract, N extends UploadName<C>> = DataOfFunction<
  Member<C, 'uploads', N>
>;
export type UploadAnswer<C extends Contract, N extends UploadName<C>> = AnswerOfFunction<
  Member<C, 'uploads', N>
>;

export type EventName<C extends Contract> = Name<C, 'events'>;
export type EventData<C extends Contract, N extends EventName<C>> = Member<C, 'events', N>;
export type EventGiven<C extends Contract, N extends EventName<C>, Options> = Given<
  EventData<C, N>,
  Options
>;

export type MailName<C extends Contract> = Name<C, 'mail'>;
export type MailData<C extends Contract, N extends MailName<C>> = Member<C, 'mail', N>;

export type QuestionName<C extends Contract> = Name<C, 'questions'>;
export type QuestionData<C extends Contract, N extends QuestionName<C>> = DataOfFunction<
  Member<C, 'questions', N>
>;
export type QuestionAnswer<C extends Contract, N extends QuestionName<C>> = AnswerOfFunction<
  Member<C, 'questions', N>
>;
export type QuestionGiven<C extends Contract, N extends QuestionName<C>, Options> = Given<
  QuestionData<C, N>,
  Options
>;

/** What is said of a person in a room. */
export type PresenceOf<C extends Contract> = C extends { readonly presence: infer P }
  ? P
  : LeftOut<C, AnyContract['presence'], undefined>;
/** `connection.user`; anything where the contract does not say. */
export type UserOf<C extends Contract> = C extends { readonly user: infer U } ? U : unknown;
/** `connection.data`. */
export type DataOf<C extends Contract> = C extends { readonly data: infer D extends object }
  ? D
  : Record<string, unknown>;
