/* A booking is dragged on the staff's plan, or moved with Shift and the arrows. The server decides: the answer
   is the plan as it is now, so that what was refused stands where it was. Touch opens the plain form instead. */

type Drag = {
  bar: HTMLElement;
  lane: HTMLElement;
  aim: HTMLElement;
  steps: number;
  x: number;
  y: number;
  far: boolean;
};

const NEAR_PX = 6; // less is a click
let drag: Drag | null = null;

export function moveOnPlan(): void {
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", () => cancel());
  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("dragstart", (event) => barOf(event.target) !== null && event.preventDefault());
}

function onDown(event: PointerEvent): void {
  const bar = barOf(event.target);
  if (bar === null || event.button !== 0 || event.pointerType === "touch") return;
  drag = begin(bar, event.clientX, event.clientY);
}

function onMove(event: PointerEvent): void {
  if (drag === null || event.buttons === 0) return;
  const [across, down] = [event.clientX - drag.x, event.clientY - drag.y];
  drag.far = drag.far || Math.hypot(across, down) > NEAR_PX;
  if (!drag.far) return;
  event.preventDefault();
  const { bar } = drag;
  const under = document
    .elementsFromPoint(event.clientX, event.clientY)
    .filter((each) => !bar.contains(each));
  const lane = under.map((each) => each.closest<HTMLElement>(".lane")).find((each) => each !== null);
  place(drag, across / stepWidth(drag), lane ?? null);
}

function onUp(): void {
  if (drag?.far) drop();
  else drag = null;
}

/** What was dragged is not opened as well. */
function onClick(event: MouseEvent): void {
  const bar = barOf(event.target);
  if (bar === null || !bar.classList.contains("moving")) return;
  event.preventDefault();
  event.stopPropagation();
}

function onKey(event: KeyboardEvent): void {
  const bar = barOf(event.target);
  if (bar === null) return;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (event.shiftKey && step !== undefined) {
    drag ??= { ...begin(bar, 0, 0), far: true };
    const lanes = kin(drag.lane);
    place(drag, drag.steps + (step[0] ?? 0), lanes[lanes.indexOf(drag.aim) + (step[1] ?? 0)] ?? drag.aim);
    say(plan()?.dataset.steps);
  } else if (drag !== null && event.key === "Enter") drop();
  else if (drag !== null && event.key === "Escape") {
    cancel();
    say(plan()?.dataset.back);
  } else return;
  event.preventDefault();
}

function begin(bar: HTMLElement, x: number, y: number): Drag {
  const lane = bar.closest<HTMLElement>(".lane") as HTMLElement;
  return { bar, lane, aim: lane, steps: 0, x, y, far: false };
}

/** Whole steps, and only onto copies of the same thing; what is lent by days stays in its day. */
function place(now: Drag, steps: number, lane: HTMLElement | null): void {
  const still = plan()?.dataset.plan === "minutes" && now.bar.dataset.days !== undefined;
  now.steps = still ? 0 : Math.round(steps);
  if (lane !== null && lane.dataset.resource === now.lane.dataset.resource) now.aim = lane;
  for (const each of kin(now.lane)) each.classList.toggle("aim", each === now.aim);
  const down = now.aim.getBoundingClientRect().top - now.lane.getBoundingClientRect().top;
  const way = document.documentElement.dir === "rtl" ? -1 : 1;
  now.bar.classList.add("moving");
  now.bar.style.transform = `translate(${way * now.steps * stepWidth(now)}px, ${down}px)`;
}

/** A day is two columns of the week, half an hour one of the day. */
function stepWidth(now: Drag): number {
  const across = now.lane.querySelector(".lane-time")?.clientWidth ?? 0;
  const columns = Number(plan()?.dataset.count ?? 1);
  return (across / columns) * (plan()?.dataset.plan === "minutes" ? 1 : 2);
}

function drop(): void {
  const done = drag;
  drag = null;
  if (done === null) return;
  if (done.steps === 0 && done.aim === done.lane) back(done.bar, done.lane);
  else void send(done);
}

async function send(done: Drag): Promise<void> {
  const form = document.getElementById("plan-move");
  if (!(form instanceof HTMLFormElement)) return;
  const by = plan()?.dataset.plan === "minutes" ? { minutes: done.steps * 30 } : { jours: done.steps };
  const { version, start: debut, end: fin } = done.bar.dataset;
  const said = { ...by, version, debut, fin, exemplaire: done.aim.dataset.unit };
  for (const [name, value] of Object.entries(said)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = String(value);
  }
  done.bar.setAttribute("aria-busy", "true");
  const to = form.action.replace("/lignes/0/", `/lignes/${done.bar.dataset.line}/`);
  try {
    await show(await fetch(to, { method: "POST", body: new FormData(form) }), done.bar.dataset.line);
  } catch {
    back(done.bar, done.lane);
    say(plan()?.dataset.lost);
  }
}

/** The plan of the answer takes the place of this one; where there is none, the page is read again. */
async function show(answer: Response, line: string | undefined): Promise<void> {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("plan");
  if (fresh === null) return location.reload();
  const said =
    page.querySelector("#messages")?.textContent ?? page.querySelector("#plan [role=alert]")?.textContent;
  document.getElementById("plan")?.replaceWith(document.importNode(fresh, true));
  document.querySelector<HTMLElement>(`[data-line="${line}"]`)?.focus();
  say(said?.trim());
}

function cancel(): void {
  if (drag !== null) back(drag.bar, drag.lane);
  drag = null;
}

function back(bar: HTMLElement, lane: HTMLElement): void {
  bar.style.transform = "";
  bar.removeAttribute("aria-busy");
  for (const each of kin(lane)) each.classList.remove("aim");
  window.setTimeout(() => bar.classList.remove("moving")); // after the click that ends a drag
}

function say(words: string | undefined): void {
  const said = document.getElementById("plan-said");
  if (said !== null) said.textContent = words ?? "";
}

function plan(): HTMLElement | null {
  return document.querySelector("[data-plan]");
}

function kin(lane: HTMLElement): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`.lane[data-resource="${lane.dataset.resource}"]`)];
}

function barOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-line]") : null;
}
