// What a careful look finds wrong with a screen; empty answers are good ones.
(() => {
  const shown = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (each) => each.getAttribute("aria-label") || each.textContent.trim();
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const named = (each, attribute) => (each.getAttribute(attribute) ?? "").split(" ").filter(Boolean);
  const buttons = [...document.querySelectorAll("button")].filter(shown);
  return {
    nameless: buttons.filter((each) => !name(each)).map((each) => each.id),
    small: buttons.filter((each) => {
      const box = each.getBoundingClientRect();
      return box.width < 44 || box.height < 44;
    }).map((each) => each.id || name(each)),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
    dangling: [...document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls]")]
      .flatMap((each) => ["aria-labelledby", "aria-describedby", "aria-controls"].flatMap((a) => named(each, a)))
      .filter((id) => !document.getElementById(id)),
    headings: [...document.querySelectorAll("h1")].filter(shown).length,
    landmarks: ["header", "main", "footer"].filter((each) => !document.querySelector(each)),
    unlabelled: [...document.querySelectorAll("img")].filter((each) => !each.hasAttribute("alt")).length,
    tabindex: [...document.querySelectorAll("[tabindex]")].filter((each) => each.tabIndex > 0).length,
    live: [...document.querySelectorAll("[aria-live], [role=status]")].length >= 2,
    sideways: document.documentElement.scrollWidth > innerWidth,
    outside: buttons.filter((each) => {
      const box = each.getBoundingClientRect();
      return box.left < 0 || box.right > innerWidth || box.bottom > innerHeight || box.top < 0;
    }).map((each) => each.id || name(each)),
    covered: [...document.querySelectorAll("main p, main h1")].filter(shown).filter((text) => {
      const a = text.getBoundingClientRect();
      return !text.closest(".captions") && buttons.some((each) => {
        const b = each.getBoundingClientRect();
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      });
    }).map((text) => text.id),
    language: document.documentElement.lang,
  };
})
