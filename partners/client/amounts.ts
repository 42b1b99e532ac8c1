/* What the cashier will take, shown while the price is typed. The server decides: this only shows (V13). */

export interface Terms {
  kind: string;
  percent: number;
  amountCents: number;
  priceCents: number;
}

const AMOUNT = /^(\d{1,12}|\d{1,3}(?: \d{3}){1,3})(?:[.,](\d{1,2}))?(?: ?(?:€|eur|euros?))?$/i;
const MOST_CENTS = 999_999_999;
const EUROS = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });

/** Cents of "12,50", "12.5", "12,50 €" or "1 234,5 euros"; null for anything else. */
export function parseCents(text: string): number | null {
  const found = AMOUNT.exec(text.replace(/\s+/g, " ").trim());
  if (found === null) return null;
  const cents = Number((found[1] ?? "").replace(/ /g, "")) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return cents > MOST_CENTS ? null : cents;
}

/** Cents to take for a price in cents; half a cent is in the customer's favour. */
export function toTake(terms: Terms, priceCents: number): number {
  if (terms.kind === "percent") return priceCents - Math.floor((priceCents * terms.percent + 50) / 100);
  if (terms.kind === "amount") return priceCents - Math.min(terms.amountCents, priceCents);
  if (terms.kind === "fixed") return Math.min(terms.priceCents, priceCents);
  return priceCents;
}

export function euros(cents: number): string {
  return EUROS.format(cents / 100);
}

export function showAmounts(root: ParentNode): void {
  const field = root.querySelector<HTMLInputElement>("[data-price]");
  const output = root.querySelector<HTMLOutputElement>("[data-take]");
  if (field === null || output === null) return;
  const terms = read(field.dataset);
  const idle = output.textContent ?? "";
  field.addEventListener("input", () => {
    const cents = parseCents(field.value);
    output.textContent = cents === null ? idle : euros(toTake(terms, cents));
  });
  field.dispatchEvent(new Event("input"));
}

function read(data: DOMStringMap): Terms {
  const number = (name: string): number => Number(data[name] ?? 0);
  return {
    kind: data.kind ?? "",
    percent: number("percent"),
    amountCents: number("amountCents"),
    priceCents: number("priceCents"),
  };
}
