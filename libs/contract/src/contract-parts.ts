import type { Contract } from './contract.js';

/** The members of one part; none where the contract leaves it out. */
type Part<C extends Contract, P extends keyof Contract> =
  C extends Record<P, infer M extends object> ? M : Record<never, never>;

type Names<M> = Extract<keyof M, string>;

/** What one end hands over: nothing where the function takes nothing. */
type DataOfFunction<F> = F extends (...given: infer A) => unknown
  ? A extends readonly []
    ? undefined
    : A[0]
  : never;

type AnswerOfFunction<F> = F extends (...given: never[]) => infer A ? Awaited<A> : never;

export type CallName<C extends Contract> = Names<Part<C, 'calls'>>;
export type CallData<C extends Contract, N extends CallName<C>> = DataOfFunction<
  Part<C, 'calls'>[N]
>;
export type CallAnswer<C extends Contract, N extends CallName<C>> = AnswerOfFunction<
  Part<C, 'calls'>[N]
>;

export type StreamName<C extends Contract> = Names<Part<C, 'streams'>>;
export type StreamData<C extends Contract, N extends StreamName<C>> = DataOfFunction<
  Part<C, 'streams'>[N]
>;
export type StreamItem<C extends Contract, N extends StreamName<C>> = AnswerOfFunction<
  Part<C, 'streams'>[N]
>;

export type EventName<C extends Contract> = Names<Part<C, 'events'>>;
export type EventData<C extends Contract, N extends EventName<C>> = Part<C, 'events'>[N];

export type MailName<C extends Contract> = Names<Part<C, 'mail'>>;
export type MailData<C extends Contract, N extends MailName<C>> = Part<C, 'mail'>[N];

export type QuestionName<C extends Contract> = Names<Part<C, 'questions'>>;
export type QuestionData<C extends Contract, N extends QuestionName<C>> = DataOfFunction<
  Part<C, 'questions'>[N]
>;
export type QuestionAnswer<C extends Contract, N extends QuestionName<C>> = AnswerOfFunction<
  Part<C, 'questions'>[N]
>;

/** What is said of a person in a room. */
export type PresenceOf<C extends Contract> = C extends { readonly presence: infer P }
  ? P
  : undefined;
/** `connection.user`; anything where the contract does not say. */
export type UserOf<C extends Contract> = C extends { readonly user: infer U } ? U : unknown;
/** `connection.data`. */
export type DataOf<C extends Contract> = C extends { readonly data: infer D extends object }
  ? D
  : Record<string, unknown>;
