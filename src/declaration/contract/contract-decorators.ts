import type { Observable } from 'rxjs';
import type {
  AnyContract,
  CallAnswer,
  CallName,
  Contract,
  StreamItem,
  StreamName,
  UploadAnswer,
  UploadName,
} from '#contract';
import type { HandlerOptions } from '../handled-messages.js';
import { OnMessage } from '../on-message.decorator.js';

/** Answers one after another, as a method may return them. */
type Stream<Item> = Observable<Item> | AsyncIterable<Item>;

/** What a method returns for an event: nothing is an answer where the contract says so. */
type Returned<C extends Contract, N> =
  | (N extends CallName<C> ? Answer<CallAnswer<C, N>> : never)
  | (N extends UploadName<C> ? Answer<UploadAnswer<C, N>> : never)
  | (N extends StreamName<C>
      ? Stream<StreamItem<C, N>> | Promise<Stream<StreamItem<C, N>>>
      : never);

type Answer<A> = undefined extends A
  ? A | void | Promise<A | void> | Observable<A>
  : A | Promise<A> | Observable<A>;

/** As `MethodDecorator`, for methods that return what the contract says. */
type AnsweringDecorator<Result> = <Method extends (...given: never[]) => Result>(
  target: object,
  name: string,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** The decorators of a gateway that keeps a contract. */
export interface ContractDecorators<C extends Contract> {
  /**
   * The plain `@OnMessage` for the calls, streams and uploads of the contract: another name does not compile, and
   * neither does a method that returns something else. What a fallback returns is not checked.
   */
  readonly OnMessage: {
    <N extends CallName<C> | StreamName<C> | UploadName<C>>(
      event: N,
      options?: HandlerOptions,
    ): AnsweringDecorator<Returned<C, N>>;
    (options?: HandlerOptions): MethodDecorator;
  };
}

const DECORATORS: ContractDecorators<AnyContract> = { OnMessage };

/**
 * Decorators that hold gateways against a contract when they are compiled. At run time they are the plain
 * ones.
 *
 * @example
 * const { OnMessage } = contract<Board>();
 *
 * \@WsGateway('/board')
 * class BoardGateway {
 *   \@OnMessage('move')
 *   move(\@MessageBody() move: MoveDto): Promise<Card> {}
 * }
 */
export function contract<C extends Contract>(): ContractDecorators<C> {
  return DECORATORS;
}
