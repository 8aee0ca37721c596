type Listener<Payload> = (payload: Payload) => void;

/** Listeners by the name of what they hear. A listener that throws stops nobody else: its error goes to `failed`. */
export class Emitter<Events> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  constructor(private readonly failed: (error: unknown) => void) {}

  /** @returns stops listening */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listening = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listening);
    listening.add(listener);
    return () => {
      listening.delete(listener);
    };
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<Events[Name]>)(payload);
      } catch (error) {
        this.failed(error);
      }
    }
  }
}
