export interface LambdaOptions {
  /** Real milliseconds after which a process without an answer is taken for hung. */
  readonly hangMilliseconds?: number;
  /** Where what V8 compiled is kept, for the next sandbox too; default: in the state's folder. */
  readonly compileCacheDirectory?: string;
}
