// How a step begins that logs in to a server: with the key of the partner whose server it is, and no other.

import type { Appliances } from '../src/ports/appliances.ts';
import type { StepInput } from '../src/steps/step.ts';
import { lambda } from './lambda.ts';
import { appliancesOf } from './wiring/appliances.ts';

export function serverStep<Input extends StepInput, Services extends object, Result>(
  wire: () => Services,
  run: (input: Input, services: Services & { readonly appliances: Appliances }) => Promise<Result>,
): (input: Input, context: unknown) => Promise<Result> {
  return lambda(
    () => ({ services: wire(), of: appliancesOf() }),
    (input: Input, { services, of }) => run(input, { ...services, appliances: of(input.partner) }),
  );
}
