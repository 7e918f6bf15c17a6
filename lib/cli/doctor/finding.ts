/** The result of a check of `sysvmq doctor`. */

export type State =
  /** All is well. */
  | 'ok'
  /** Worth knowing. */
  | 'note'
  /** A call will fail, or a message may be lost. */
  | 'problem';

export interface Finding {
  /** The name for programs: "seccomp". */
  name: string;
  state: State;
  /** The finding, in a sentence. */
  says: string;
  /** The consequence for the user; left out when there is none. */
  means?: string;
  /** The same in numbers, for programs. */
  data?: Record<string, unknown>;
}

export type Check = () => Finding | Finding[];
