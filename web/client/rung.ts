/* What the worker does with a message that rings: it is shown, and a tap opens its page, in a window of the club that
   is open or in a new one. */

interface Rung {
  title: string;
  text: string;
  link: string;
  key: string;
}
interface Pushed extends Event {
  data: { json(): Rung } | null;
  waitUntil(work: Promise<unknown>): void;
}
interface Tapped extends Event {
  notification: Notification;
  waitUntil(work: Promise<unknown>): void;
}
interface Opened {
  url: string;
  focus(): Promise<Opened>;
  navigate(url: string): Promise<Opened | null>;
}
interface Worker {
  addEventListener(type: "push", listener: (event: Pushed) => void): void;
  addEventListener(type: "notificationclick", listener: (event: Tapped) => void): void;
  registration: { showNotification(title: string, options: NotificationOptions): Promise<void> };
  clients: {
    matchAll(options: { type: "window" }): Promise<Opened[]>;
    openWindow(url: string): Promise<Opened | null>;
  };
}

const worker = globalThis as unknown as Worker;
const NOTHING: Rung = { title: "Un message du club", text: "", link: "/accueil", key: "palier" };

export function ring(): void {
  worker.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(String(event.notification.data)));
  });
}

/** A browser that was rung must show something, also when it cannot read what. */
function read(data: Pushed["data"]): Rung {
  try {
    return { ...NOTHING, ...data?.json() };
  } catch {
    return NOTHING;
  }
}

/** The same message again takes the place of the first. */
async function show({ title, text, link, key }: Rung): Promise<void> {
  await worker.registration.showNotification(title, { body: text, tag: key, lang: "fr", data: link });
}

/** Our own pages alone. */
async function open(link: string): Promise<void> {
  const { origin, href } = new URL(link || NOTHING.link, location.origin);
  const url = origin === location.origin ? href : location.origin;
  const [first] = await worker.clients.matchAll({ type: "window" });
  if (first === undefined) await worker.clients.openWindow(url);
  else await (await first.focus()).navigate(url);
}
