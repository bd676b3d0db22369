// Keyboard, scrolling, command completion, confirmations, dropped files. Everything else is htmx.
(() => {
  "use strict";
  const all = (what, from = document) => Array.from(from.querySelectorAll(what));
  const one = (what, from = document) => from.querySelector(what);

  // Stay at the newest message until the reader scrolls up: what arrives meanwhile must not look like that.
  const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  const toEnd = (box) => { box.scrollTop = box.scrollHeight; };
  const pinned = new WeakMap(), stood = new WeakMap();
  const boxes = () => all("[data-bottom]");
  boxes().forEach((box) => { pinned.set(box, !location.hash); if (!location.hash) toEnd(box); });
  document.addEventListener("scroll", ({ target: box }) => {
    if (!box.matches?.("[data-bottom]")) return;
    const [top, height] = stood.get(box) ?? [];
    if (nearEnd(box) || (box.scrollHeight === height && box.scrollTop < top)) pinned.set(box, nearEnd(box));
    stood.set(box, [box.scrollTop, box.scrollHeight]);
  }, { passive: true, capture: true });
  document.addEventListener("load", (event) => {
    if (event.target.tagName === "IMG") boxes().forEach((box) => { if (pinned.get(box) !== false) toEnd(box); });
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    boxes().forEach((box) => { if (pinned.get(box) !== false) toEnd(box); });
    if (event.target.id === "modal") opened();
  });

  // Modals: focus the first field once, Esc closes, Tab stays inside.
  let shown = "";
  function opened() {
    const form = one("#modal form.modal");
    if (!form) { if (shown) one("[data-composer] textarea")?.focus(); shown = ""; return; }
    const wrong = one(".wrong :is(input, textarea, select)", form);
    if (form.id !== shown) (one("[data-focus]", form) || one(".body :is(input, textarea, select):not([type=hidden])", form) || one("footer button:last-child", form))?.focus();
    else if (wrong) { wrong.focus(); wrong.closest(".input").scrollIntoView({ block: "center" }); }
    shown = form.id;
  }
  document.addEventListener("keydown", (event) => {
    const form = one("#modal form.modal");
    if (event.key === "Escape") {
      const menu = one("details.menu[open]");
      const list = all(".commands").find((found) => !found.hidden);
      if (menu) menu.open = false;
      else if (list) list.hidden = true;
      else if (form && !one("#confirm").open) one("[data-close]", form).click();
      else if (!one("#confirm").open) one("[data-close-thread]")?.click();
    }
    if (event.key === "Tab" && form) {
      const stops = all("button, input:not([type=hidden]), textarea, select, a[href]", form).filter((found) => !found.disabled);
      const end = event.shiftKey ? stops[0] : stops[stops.length - 1];
      if (document.activeElement === end) { event.preventDefault(); (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus(); }
    }
  });

  // Composer: Enter sends, "/" offers commands.
  const fit = (area) => { area.style.height = "auto"; area.style.height = `${area.scrollHeight}px`; };
  function offer(area) {
    const list = one(".commands", area.form);
    if (!list) return;
    const typed = area.value;
    const open = /^\/\S*$/.test(typed);
    const items = all("li", list);
    items.forEach((item) => { item.hidden = !item.dataset.command.startsWith(typed); item.setAttribute("aria-selected", "false"); });
    const first = items.find((item) => !item.hidden);
    list.hidden = !open || !first;
    first?.setAttribute("aria-selected", "true");
  }
  function take(area, item) {
    area.value = `${item.dataset.command} `;
    one(".commands", area.form).hidden = true;
    area.focus();
  }
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-composer] textarea")) return;
    fit(event.target);
    offer(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const area = event.target;
    if (!area.matches?.("[data-composer] textarea") || event.isComposing) return;
    const list = one(".commands", area.form);
    const items = list && !list.hidden ? all("li", list).filter((item) => !item.hidden) : [];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (items.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      items[at]?.setAttribute("aria-selected", "false");
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].setAttribute("aria-selected", "true");
    } else if (items.length && (event.key === "Tab" || event.key === "Enter") && items[at].dataset.command !== area.value.trim()) {
      event.preventDefault();
      take(area, items[at]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (area.value.trim() || one("input[type=file]", area.form)?.files.length) area.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.("[data-command]");
    if (item) take(one("textarea", item.closest("form")), item);
    const chip = event.target.closest?.("[data-type]");
    if (chip) { const area = one(".talk [data-composer] textarea"); area.value = chip.dataset.type; area.focus(); }
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const tab = event.target.closest?.("[data-tab]");
    if (tab) all("[data-tab]").forEach((found) => {
      found.setAttribute("aria-selected", String(found === tab));
      document.getElementById(found.getAttribute("aria-controls")).hidden = found !== tab;
    });
    const link = event.target.closest?.("[data-url]");
    if (link && /^https?:\/\//i.test(link.dataset.url)) window.open(link.dataset.url, "_blank", "noopener");
    const menu = event.target.closest?.("details.overflow .pop button")?.closest("details");
    if (menu) menu.open = false;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-composer]")) return;
    const area = one("textarea", event.target);
    const list = one(".commands", event.target);
    setTimeout(() => { event.target.reset(); fit(area); if (list) list.hidden = true; }, 0);
    boxes().forEach((box) => pinned.set(box, true));
  });

  // Files: choose one and it goes; or drop it anywhere on the composer.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-composer] input[type=file]") && event.target.files.length) event.target.form.requestSubmit();
  });
  all(".talk").forEach((talk) => {
    const form = one("[data-drop]", talk);
    if (!form) return;
    const over = (on) => form.classList.toggle("over", on);
    talk.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    talk.addEventListener("dragleave", () => over(false));
    talk.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      one("input[type=file]", form).files = event.dataTransfer.files;
      if (event.dataTransfer.files.length) form.requestSubmit();
    });
  });

  // Buttons that ask first.
  document.addEventListener("htmx:confirm", (event) => {
    const asked = event.target.dataset?.confirm;
    if (!asked) return;
    event.preventDefault();
    const words = JSON.parse(asked);
    const box = one("#confirm");
    const [no, yes] = all("button", box);
    one("h2", box).textContent = words.title;
    one("p", box).textContent = words.text;
    [no.textContent, yes.textContent] = [words.deny, words.confirm];
    yes.className = `b primary ${words.style === "danger" ? "danger" : ""}`;
    no.onclick = () => box.close();
    yes.onclick = () => { box.close(); event.detail.issueRequest(true); };
    box.showModal();
  });

  document.body.addEventListener("toast", (event) => {
    const box = one("#toast");
    box.textContent = event.detail.value;
    box.classList.add("on");
    setTimeout(() => box.classList.remove("on"), 4000);
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("form.card:not(.modal)")) event.preventDefault(); });
})();
