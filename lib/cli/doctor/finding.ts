/** What a check of `sysvmq doctor` has found. */

export type State =
  /** As it should be. */
  | 'ok'
  /** Something to know. */
  | 'note'
  /** Something will fail, or be lost. */
  | 'problem';

export interface Finding {
  /** For programs: "seccomp". */
  name: string;
  state: State;
  /** What is so, in a sentence. */
  says: string;
  /** What that means for the user; left out where there is nothing to say. */
  means?: string;
  /** The same in numbers, for programs. */
  data?: Record<string, unknown>;
}

export type Check = () => Finding | Finding[];
