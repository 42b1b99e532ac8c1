"""Somebody without a pointer: Tab, letters, arrows, Space and Enter, and nothing else (UX2)."""

from playwright.async_api import Locator, Page

FOCUSED = "e => e === document.activeElement"
# What has the focus shows it (UX7), itself or by the card it lies in, and nothing lies over it.
SHOWN = """e => {
  const drawn = one => { const s = getComputedStyle(one);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none'; };
  const marked = [e, ...(e.labels ?? []), e.parentElement].some(drawn);
  const box = e.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + Math.min(box.height / 2, 20);
  const above = document.elementFromPoint(x, y);
  const free = above !== null && (e.contains(above) || [...(e.labels ?? [])].some(l => l.contains(above)));
  return { marked, free, at: e.outerHTML.slice(0, 120) };
}"""


class Keys:
    def __init__(self, page: Page) -> None:
        self.page = page

    async def to(self, target: Locator, most: int = 80) -> None:
        """Tab until it has the focus; it can be seen there, once its page has its styles."""
        await target.wait_for(state="attached")
        await self.page.wait_for_load_state()
        for _ in range(most):
            if await target.evaluate(FOCUSED):
                break
            await self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"{target} is not reached by Tab on {self.page.url}")
        shown = await target.evaluate(SHOWN)
        assert shown["marked"], f"no focus is seen on {self.page.url}: {shown['at']}"
        assert shown["free"], f"the focus is hidden on {self.page.url}: {shown['at']}"

    async def press(self, name: str, role: str = "button", key: str = "Enter") -> None:
        await self.to(self.named(name, role))
        await self.page.keyboard.press(key)

    async def follow(self, name: str) -> None:
        await self.press(name, "link")

    async def type(self, field: str, words: str) -> None:
        """Over what stands in the field of this label, or of this selector."""
        by_id = field.startswith("#")
        await self.to(self.page.locator(field) if by_id else self.page.get_by_label(field).first)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(words)

    async def choose(self, label: str, value: str) -> None:
        """In a list: down until it is the one."""
        field = self.page.get_by_label(label).first
        await self.to(field)
        for _ in range(40):
            if await field.input_value() == value:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} is not in {label}")

    async def pick(self, name: str) -> None:
        """One of a group of choices: to the group by Tab, within it by arrows."""
        wanted = self.page.get_by_role("radio", name=name)
        group = self.page.locator("fieldset", has=wanted).get_by_role("radio")
        for _ in range(80):
            if await group.evaluate_all("all => all.includes(document.activeElement)"):
                break
            await self.page.keyboard.press("Tab")
        for _ in range(await group.count()):
            if await wanted.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        await self.page.keyboard.press("Space")
        assert await wanted.is_checked(), name

    def named(self, name: str, role: str) -> Locator:
        return self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]
