export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly tags: Record<string, string>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Record<string, string>;
}

export type MessageAttributes = Readonly<
  Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>
>;

/** A published message, kept for inspection. */
export interface Message {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** Virtual time, ISO 8601. */
  readonly time: string;
}

export interface PublishInput {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageAttributes?: MessageAttributes;
}
