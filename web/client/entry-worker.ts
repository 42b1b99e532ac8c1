/* The service worker: it keeps the vouchers and the card a phone has opened, so that they open without a network (V22).
   The network is asked first, since it may know that a voucher was used; what is kept answers when it does not.
   Nothing else of the club is kept. And it shows what rings (rung.ts). */
import type { Wish } from "./offline.ts";
import { ring } from "./rung.ts";

interface Worker {
  addEventListener(type: "install" | "activate", listener: (event: Waiting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetched) => void): void;
  addEventListener(type: "message", listener: (event: Asked) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Waiting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Asked extends Waiting {
  data: Wish;
  source: { postMessage(message: unknown): void } | null;
}

const worker = globalThis as unknown as Worker;
const PAGES = "palier-pages-1";
const BUILT = "palier-built-1";
const KEPT = /^\/(bons\/[0-9A-Za-z]{12}|carte)$/;
const PATIENCE_MS = 2500; // then a network that only pretends is not waited for
const MOST = { [PAGES]: 20, [BUILT]: 40 };

ring();
worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (event) => event.waitUntil(keepAll(event)));
worker.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate" && KEPT.test(pathname)) event.respondWith(shown(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(built(event.request));
});

async function shown(event: Fetched, pathname: string): Promise<Response> {
  const fresh = fetch(event.request).then((answer) => keep(pathname, answer));
  event.waitUntil(fresh.catch(() => undefined));
  const kept = await caches.match(pathname, { cacheName: PAGES, ignoreVary: true });
  if (kept === undefined) return fresh;
  const patience = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const answered = fresh.then((answer) => (answer.status >= 500 ? kept : answer));
  return Promise.race([answered.catch(() => kept), patience]);
}

/** What is no longer theirs to see (signed out, cancelled and gone) goes; a server in trouble takes nothing away. */
async function keep(pathname: string, answer: Response): Promise<Response> {
  const cache = await caches.open(PAGES);
  if (answer.ok && !answer.redirected) await cache.put(pathname, answer.clone());
  else if (answer.status < 500) await cache.delete(pathname, { ignoreVary: true });
  return answer;
}

async function built(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: BUILT, ignoreVary: true })) ?? fetch(request);
}

async function keepAll({ data, source }: Asked): Promise<void> {
  if (!KEPT.test(data.page)) return;
  const cache = await caches.open(BUILT);
  for (const address of data.built) {
    if ((await cache.match(address, { ignoreVary: true })) === undefined) await cache.add(address);
  }
  if (data.again) await keep(data.page, await fetch(data.page, { headers: { accept: "text/html" } }));
  await Promise.all([tidy(PAGES), tidy(BUILT)]);
  if (await caches.match(data.page, { cacheName: PAGES, ignoreVary: true })) source?.postMessage("kept");
}

/** The oldest go first. */
async function tidy(name: typeof PAGES | typeof BUILT): Promise<void> {
  const cache = await caches.open(name);
  const addresses = await cache.keys();
  const over = addresses.slice(0, Math.max(0, addresses.length - MOST[name]));
  await Promise.all(over.map((address) => cache.delete(address, { ignoreVary: true })));
}
