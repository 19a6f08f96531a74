"use strict";

/* The keys of the inbox: j and k move, o opens, n next unreviewed, / search, ? help. */
(() => {
  const links = [...document.querySelectorAll("[data-row] .row-link")];

  function move(step) {
    const here = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
    const there = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
    if (!there) return;
    there.focus();
    there.closest("[data-row]").scrollIntoView({ block: "nearest" });
  }

  const DOES = {
    j: () => move(1),
    k: () => move(-1),
    o: () => links.find((link) => link.closest("[data-row]").contains(document.activeElement))?.click(),
    n: () => document.querySelector("[data-key=n]").click(),
    "/": () => document.getElementById("search").select(),
    "?": () => {
      const help = document.querySelector(".key-help");
      help.open = !help.open;
      help.querySelector("summary").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    const does = DOES[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    event.preventDefault();
    does();
  });
})();
