"use strict";

/* Scenarios: filters, and how much is told after each reply; the buttons carry both. */
function pickedIn(card) {
  const picked = {};
  for (const select of card.querySelectorAll("[data-filter]")) {
    if (select.value) picked[select.dataset.filter] = select.value;
  }
  return picked;
}

function carry(button, values) {
  const begin = button.value.indexOf("{");
  const name = begin < 0 ? button.value : button.value.slice(0, begin);
  const carried = begin < 0 ? {} : JSON.parse(button.value.slice(begin));
  for (const [key, value] of Object.entries(values)) {
    if (value) carried[key] = value;
    else delete carried[key];
  }
  button.value = name + JSON.stringify(carried);
}

document.addEventListener("change", (event) => {
  const card = event.target.closest(".card-scenarios");
  if (!card) return;
  const picked = pickedIn(card);
  const level = card.querySelector("[data-level]")?.value ?? "";
  let shown = 0;
  for (const scene of card.querySelectorAll(".scenes > li")) {
    scene.hidden = Object.entries(picked).some(([key, value]) => scene.dataset[key] !== value);
    carry(scene.querySelector("button"), { level });
    if (!scene.hidden) shown++;
  }
  const surprise = card.querySelector("[data-surprise]");
  if (surprise) {
    surprise.disabled = shown === 0;
    const { type = "", style = "", difficulty = "" } = picked;
    carry(surprise, { type, style, difficulty, level });
  }
  const count = card.querySelector("[data-count]");
  count.textContent = count.dataset.count.replace("{n}", shown);
  card.querySelector("[data-none]").hidden = shown > 0;
});

/* "I disagree" asks for the reason first; without a word it is sent as well. */
const appeal = document.getElementById("appeal");
if (appeal?.showModal) {
  let pressed = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act=disagree]");
    if (!button || button === pressed) return;
    event.preventDefault();
    pressed = button;
    const about = button.closest("li, tr")?.querySelector("strong");
    appeal.querySelector("[data-about]").textContent = about ? about.textContent : "";
    appeal.querySelector("textarea").value = "";
    appeal.returnValue = "";
    appeal.showModal();
  });
  appeal.addEventListener("close", () => {
    const button = pressed;
    const reason = appeal.querySelector("textarea").value.trim();
    if (appeal.returnValue === "send" && button) {
      carry(button, { reason });
      document.getElementById("clicks").requestSubmit(button);
      button.disabled = true;
    } else {
      button?.focus();
    }
    pressed = null;
  });
}

/* A drill's clock; a page that was loaded again reckons from when the question was asked. */
const seen = new WeakMap();
function tick() {
  for (const clock of document.querySelectorAll(".clock[data-left]")) {
    if (!seen.has(clock)) {
      const asked = clock.closest(".turn")?.querySelector(".said time")?.dateTime;
      const from = asked ? new Date(asked).getTime() : Date.now();
      seen.set(clock, from + 1000 * Number(clock.dataset.left));
    }
    const left = Math.max(0, Math.round((seen.get(clock) - Date.now()) / 1000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    const text = left ? clock.dataset.text.replace("{n}", time) : clock.dataset.over;
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("over", left === 0);
  }
}
tick();
setInterval(tick, 1000);
