// What a schedule says when it comes by.

/** `time`: the moment it was due, so that a late or repeated delivery decides the same. */
export interface ScheduledEvent {
  readonly time: string;
}

/** Anything else is a mistake of the stack. */
export function dueAt(event: ScheduledEvent): Date {
  const at = new Date(event.time);
  if (typeof event.time === 'string' && !Number.isNaN(at.getTime())) return at;
  throw new Error('the schedule does not say when it was due');
}
