// How every function begins: nothing is read or opened before its first call, and then once per container.

/**
 * `handle` gets the event and the context as Lambda gives them. A wiring that fails is tried again with the next call: a container that could
 * not read its secret once is not lost for good.
 */
export function lambda<Event, Services, Result, Context = unknown>(
  wire: () => Services | Promise<Services>,
  handle: (event: Event, services: Services, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  let wired: Promise<Services> | undefined;
  return async (event, context) => {
    wired ??= Promise.resolve().then(wire);
    const services = await wired.catch((error: unknown) => {
      wired = undefined;
      throw error;
    });
    return handle(event, services, context);
  };
}
