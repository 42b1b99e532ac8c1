/* Scans that have no answer yet, in the order they were made. They stand in this browser until the club has answered
   each: a lost network, a closed page, a session that ended lose none. Only who scanned them sends them. */

export interface Kept {
  key: string;
  code: string;
  /** Who stood at the counter; null: whoever the scan before has brought. */
  who: string | null;
  /** When, for the list that people read. */
  at: string;
}

const PLACE = "palier-scans:";

export class KeptScans {
  readonly #place: string;
  #all: Kept[];

  constructor(
    clerk: string,
    readonly store: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {
    this.#place = PLACE + clerk;
    this.#all = read(store, this.#place);
  }

  get all(): readonly Kept[] {
    return this.#all;
  }

  get first(): Kept | undefined {
    return this.#all[0];
  }

  add(scan: Kept): void {
    this.#all = [...this.#all, scan];
    this.#write();
  }

  /** From now on it is asked with this person, each time: a key stands for one question. */
  settle(who: string): void {
    this.#all = this.#all.map((scan, at) => (at === 0 && scan.who === null ? { ...scan, who } : scan));
    this.#write();
  }

  answered(key: string): void {
    this.#all = this.#all.filter((scan) => scan.key !== key);
    this.#write();
  }

  #write(): void {
    try {
      if (this.#all.length > 0) this.store.setItem(this.#place, JSON.stringify(this.#all));
      else this.store.removeItem(this.#place);
    } catch {
      // a private window keeps nothing: the page still does
    }
  }
}

function read(store: Pick<Storage, "getItem">, place: string): Kept[] {
  try {
    const found: unknown = JSON.parse(store.getItem(place) ?? "[]");
    return Array.isArray(found) ? found.filter(isKept) : [];
  } catch {
    return [];
  }
}

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "key" in value && "code" in value;
}
