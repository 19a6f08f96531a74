"use strict";

/* Keys of the review page; the forms work without them. */
(() => {
  const turns = [...document.querySelectorAll(".rv-turn[data-turn]")];
  const help = document.getElementById("keys");
  if (!help) return;

  function current() {
    const inside = document.activeElement.closest?.(".rv-turn");
    if (inside) return turns.indexOf(inside);
    const top = document.querySelector(".top").offsetHeight + 8;
    return turns.findIndex((turn) => turn.getBoundingClientRect().bottom > top);
  }

  function go(step) {
    const inside = document.activeElement.closest?.(".rv-turn");
    const at = inside ? turns.indexOf(inside) + step : Math.max(current(), 0);
    const turn = turns[Math.min(Math.max(at, 0), turns.length - 1)];
    turn?.focus({ preventScroll: true });
    turn?.scrollIntoView({ block: "start" });
  }

  function open(kind) {
    const turn = turns[Math.max(current(), 0)];
    const fold = turn?.querySelector(`details[data-${kind}]`);
    if (!fold) return;
    fold.open = true;
    fold.querySelector("textarea, select, input:not([type=hidden])").focus();
  }

  function undoLatest() {
    const forms = [...document.querySelectorAll("form.undo:has([data-undo])")];
    const event = (form) => Number(form.elements.event.value);
    forms.sort((a, b) => event(b) - event(a))[0]?.requestSubmit();
  }

  const acts = {
    j: () => go(1),
    k: () => go(-1),
    c: () => open("comment"),
    e: () => open("correct"),
    r: () => document.querySelector("button[data-key=r]")?.click(),
    n: () => document.querySelector("a[data-key=n]")?.click(),
    u: undoLatest,
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") event.target.closest("article")?.focus();
      return;
    }
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.getElementById("again")?.focus();
})();
