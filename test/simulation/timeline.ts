// Virtual time: what is to happen, in the order in which it does.

/** A clock, and what happens when. */
export interface Timeline {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Has it happen so many milliseconds from now; what falls on the same moment keeps its order. */
  after(milliseconds: number, happen: () => void): void;
  /** Leaps from event to event until `done` says so, or nothing is left to happen. */
  run(done: () => boolean): void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** @param startAt epoch milliseconds */
export function createTimeline(startAt: number): Timeline {
  const heap: Event[] = [];
  let now = startAt;
  let order = 0;

  function isSooner(a: Event | undefined, b: Event | undefined): boolean {
    if (a === undefined || b === undefined) return a !== undefined;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  function add(event: Event): void {
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isSooner(event, heap[parent])) break;
      heap[place] = heap[parent] as Event;
      place = parent;
    }
    heap[place] = event;
  }

  function take(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const child = isSooner(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isSooner(heap[child], last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
    return first;
  }

  return {
    get now() {
      return now;
    },
    after(milliseconds, happen) {
      add({ at: now + Math.max(0, milliseconds), order, happen });
      order += 1;
    },
    run(done) {
      while (!done()) {
        const event = take();
        if (event === undefined) return;
        now = event.at;
        event.happen();
      }
    },
  };
}
