/** codecs.json({ schema }): JSON, checked by a schema of Standard Schema. */

import { invalidType, invalidValue } from '../core/argument-errors';
import { SchemaError, type SchemaIssue } from '../core/errors';
import { checkOptions, optionNames } from '../core/options';

/** A value that a schema accepts. */
export interface SchemaSuccess<Output> {
  /** The value that the schema returns. */
  readonly value: Output;
  /** None. */
  readonly issues?: undefined;
}

/** A value that a schema refuses. */
export interface SchemaFailure {
  /** The issues that the schema found. */
  readonly issues: readonly SchemaIssue[];
}

/** A schema's result for a value. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure;

/** For the compiler alone. */
export interface SchemaTypes<Input, Output> {
  /** The type that the schema accepts. */
  readonly input: Input;
  /** The type that it returns. */
  readonly output: Output;
}

/** The properties that Standard Schema specifies. */
export interface StandardSchemaProperties<Input, Output> {
  /** The version of the specification. */
  readonly version: 1;
  /** The library. */
  readonly vendor: string;
  /** Checks a value. */
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** For the compiler alone. */
  readonly types?: SchemaTypes<Input, Output> | undefined;
}

/** A schema as [Standard Schema](https://standardschema.dev) has it: Zod 3.24, Valibot 1, ArkType 2 and later, among others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The property through which libraries use the schema. */
  readonly '~standard': StandardSchemaProperties<Input, Output>;
}

/** The type that a schema returns for a valid value. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** Options of `codecs.json()`. */
export interface JsonOptions<Schema extends StandardSchema> {
  /** The schema that checks received messages, and makes their values. It must answer at once. */
  schema: Schema;
}

const known = optionNames<JsonOptions<StandardSchema>>('codecs.json', { schema: true });

/** The function that turns parsed JSON into a value, or throws; undefined without a schema. */
export function checkJsonOptions(options: JsonOptions<StandardSchema>): ((value: unknown) => unknown) | undefined {
  if (options !== null && (typeof options === 'object' || typeof options === 'function') && '~standard' in options) {
    throw invalidValue('options', 'is a schema. Write codecs.json({ schema }).');
  }
  const schema: unknown = checkOptions(options, known)?.schema;
  if (schema === undefined) return undefined;
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) {
    throw invalidType('options.schema', 'a schema of Standard Schema', schema);
  }
  const standard = (schema as Partial<StandardSchema>)['~standard'];
  if (typeof standard?.validate !== 'function') {
    throw invalidValue(
      'options.schema',
      'is not a Standard Schema: it has no "~standard". Zod has one from 3.24 on, Valibot from 1.0, ArkType from 2.0.',
    );
  }
  return (value) => outputOf(standard.validate(value));
}

/** Reads the result of a schema, which is the caller's code, so every property is checked. */
function outputOf(result: unknown): unknown {
  if (typeof (result as PromiseLike<unknown> | null)?.then === 'function') {
    // The code does not await this promise, and its rejection must not end the process.
    Promise.resolve(result).catch(() => undefined);
    throw new TypeError(
      'the schema answers with a promise, and a message is decoded at once: use one without async parts',
    );
  }
  if (typeof result !== 'object' || result === null || !('value' in result || 'issues' in result)) {
    throw new TypeError('the schema answers with neither a value nor issues');
  }
  const { issues, value } = result as { issues?: readonly SchemaIssue[]; value?: unknown };
  if (issues === undefined) return value;
  throw new SchemaError(issues, issues.slice(0, MAX_ISSUES_SHOWN).map(formatIssue).join('; ') + rest(issues.length));
}

const MAX_ISSUES_SHOWN = 3;

const rest = (count: number): string => (count > MAX_ISSUES_SHOWN ? `; and ${count - MAX_ISSUES_SHOWN} more` : '');

function formatIssue({ message, path }: SchemaIssue): string {
  const where = (path ?? [])
    .map((part) => (typeof part === 'object' ? part.key : part))
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return where === '' ? message : `${where}: ${message}`;
}
