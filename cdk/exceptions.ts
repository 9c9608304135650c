// Rules of cdk-nag we do not follow: each by its full id, at the one thing it is about, with the reason.

import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `id` as cdk-nag prints it, with the finding in brackets where it has one. */
export function accept(at: IConstruct, id: string, reason: string): void {
  Validations.of(at).acknowledge({ id, reason });
}
