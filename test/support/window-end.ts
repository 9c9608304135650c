// Ends of restart windows for activations in tests.

/** Far enough that no test meets it. */
export function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}
