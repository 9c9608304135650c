// Our Message-ID as a tag of SES, which comes back with every event about the mail.

/** Name of the tag. */
export const MESSAGE_ID_TAG = 'message-id';

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html: letters, digits, `_`, `-`, `.`, `@`, less than 256. */
const TAG_VALUE = /^[A-Za-z0-9_.@-]{1,255}$/;

/** Without the angle brackets; undefined where SES would not take it, and the header alone must do. */
export function tagValueOf(messageId: string): string | undefined {
  const bare = messageId.slice(1, -1);
  return TAG_VALUE.test(bare) ? bare : undefined;
}

export function messageIdOf(tagValue: string): string {
  return `<${tagValue}>`;
}
