/* What colleagues do shows by itself: a part marked data-live is asked for again while the page is seen, and takes the
   new one's place when its mark is another one. Where somebody stands in it with the keyboard it waits: nothing moves
   under their hands. */

const EVERY_MS = 15_000;
const PATIENCE_MS = 8_000;

export function followColleagues(): void {
  if (document.querySelector("[data-live]") === null) return;
  window.setInterval(() => void refresh(), EVERY_MS);
  document.addEventListener("visibilitychange", () => void refresh());
}

async function refresh(): Promise<void> {
  const old = document.querySelector<HTMLElement>("[data-live]");
  if (old === null || document.visibilityState !== "visible" || isHeld(old)) return;
  const fresh = await fetched();
  if (fresh === null || fresh.dataset.live === old.dataset.live || isHeld(old)) return;
  old.replaceWith(document.importNode(fresh, true));
}

/** Somebody chooses a row, or types. */
function isHeld(part: HTMLElement): boolean {
  return part.contains(document.activeElement);
}

/** null: no network, or another page, as the one to sign in. */
async function fetched(): Promise<HTMLElement | null> {
  const patience = new AbortController();
  const timer = window.setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(location.href, { signal: patience.signal, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector<HTMLElement>("[data-live]");
  } catch {
    return null;
  } finally {
    window.clearTimeout(timer);
  }
}
