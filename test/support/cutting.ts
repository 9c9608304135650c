// Cuts a run off at any one call it makes to its ports, the way a killed process ends: the code stops where it stands.

export interface Cut {
  /** Number of the call at which the run ends, counted from 1 over all ports. `Infinity` only counts. */
  readonly at: number;

  /** Whether that call still has its effect. */
  readonly where: 'before' | 'after';

  /** Methods whose promise gives another port object, as `port.method`; its calls are counted and cut like the others. @default - none */
  readonly opens?: readonly string[];

  /** Methods that give no promise, as `port.method`: neither counted nor cut, since there is no way not to answer. @default - none */
  readonly through?: readonly string[];
}

export interface CutRun<Services> {
  readonly services: Services;

  /** Resolves at the cut: with `after`, once the effect is complete. Never, if the run makes fewer calls. */
  readonly whenCut: Promise<{ readonly call: string }>;

  /** Calls begun before the cut, the one at the cut included. */
  callCount(): number;

  /** Their names in order, as `port.method`, or `port.method.method` of an opened object. */
  calls(): readonly string[];
}

/**
 * `services` is an object of port objects; what is neither an object nor a function is given on as it is, and so is a function (a clock). From
 * the cut on no call through `services` settles, calls already begun included, and no new one has an effect. The run's promise then
 * stays open for ever: race it with `whenCut`, and begin the next run with services of its own over the same adapters.
 */
export function cutting<Services extends object>(services: Services, cut: Cut): CutRun<Services> {
  const { opens = [], through = [] } = cut;
  const calls: string[] = [];
  const gate = Promise.withResolvers<{ readonly call: string }>();
  let over = false;

  const end = (call: string): Promise<never> => {
    over = true;
    gate.resolve({ call });
    return never();
  };

  const act = (call: string, answer: () => unknown): Promise<unknown> => {
    if (over) return never();
    calls.push(call);
    const last = calls.length === cut.at;
    if (last && cut.where === 'before') return end(call);
    const answered = answer();
    if (!isPromise(answered)) throw new Error(`"${call}" gives no promise: name it in \`through\``);
    return answered.then(
      (value) => {
        if (last) return end(call);
        if (over) return never();
        return opens.includes(call) ? wrapped(call, value) : value;
      },
      (error) => {
        if (last) return end(call);
        if (over) return never();
        throw error;
      },
    );
  };

  const wrapped = (path: string, port: unknown): unknown => {
    if (typeof port !== 'object' || port === null) return port;
    return new Proxy(port, {
      get(target, name) {
        // the target is the receiver too: private fields are its own, not the proxy's
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function' || typeof name !== 'string') return member;
        const call = `${path}.${name}`;
        const answer = (given: readonly unknown[]): unknown => Reflect.apply(member, target, given);
        if (through.includes(call)) return (...given: readonly unknown[]) => answer(given);
        return (...given: readonly unknown[]) => act(call, () => answer(given));
      },
    });
  };

  const ports = Object.entries(services).map(([name, port]) => [name, wrapped(name, port)]);
  return {
    services: Object.fromEntries(ports) as Services,
    whenCut: gate.promise,
    callCount: () => calls.length,
    calls: () => [...calls],
  };
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
