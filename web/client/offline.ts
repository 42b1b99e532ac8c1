/* Vouchers and the card open without a network once they were opened: the worker of entry-worker.ts keeps them. */

export const WORKER = "/sw.js";
const OURS = "palier-";

export interface Wish {
  page: string;
  built: string[];
  again: boolean;
}

/** Asks the worker to keep this page and what it is made of. `again`: it changed under our hands. */
export function keepShown({ again = false } = {}): void {
  if (!("serviceWorker" in navigator) || document.querySelector("[data-keep]") === null) return;
  // a private window refuses: the voucher still shows
  void navigator.serviceWorker.register(WORKER).catch(() => undefined);
  void navigator.serviceWorker.ready.then(({ active }) => {
    const wish: Wish = {
      page: location.pathname,
      built: built(),
      again: again || !navigator.serviceWorker.controller,
    };
    active?.postMessage(wish);
  });
  navigator.serviceWorker.onmessage = () => {
    for (const line of document.querySelectorAll<HTMLElement>("[data-kept]")) line.hidden = false;
  };
}

/** Style, face, script and pictures: their names hold a hash of what is in them, so they never change. */
function built(): string[] {
  const linked = document.querySelectorAll("link[href], script[src], use[href]");
  const all = Array.from(linked, (node) => node.getAttribute("href") ?? node.getAttribute("src") ?? "");
  const files = all.map((address) => address.split("#")[0] ?? "");
  return [...new Set(files)].filter((address) => address.startsWith("/static/"));
}

/** Nobody is signed in any more: what the last person opened is not for the next one. */
export function forgetWhenSignedOut(): void {
  if ("caches" in window && document.body.dataset.known === "nobody") {
    void caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(OURS)).map((name) => caches.delete(name)));
  }
}
