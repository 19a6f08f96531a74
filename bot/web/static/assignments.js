"use strict";
// Deadlines are typed in the browser's own time: tell the server how far that is from UTC.
for (const field of document.querySelectorAll("[data-zone]")) field.value = new Date().getTimezoneOffset();
for (const hint of document.querySelectorAll("[data-zone-name]")) {
  hint.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
}
// Who ticks a scenario or a type means that kind of assignment.
for (const kind of document.querySelectorAll("input[name=kind]")) {
  kind.closest("fieldset").addEventListener("change", () => {
    kind.checked = true;
  });
}
