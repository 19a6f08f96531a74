"use strict";

document.documentElement.classList.add("js");

/* Times in the reader's own zone. */
const STYLES = {
  time: { hour: "2-digit", minute: "2-digit" },
  datetime: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { month: "short", day: "numeric" },
};
function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-style]")) {
    const lang = time.closest("[lang]").lang;
    const when = new Date(time.dateTime);
    if (!isNaN(when)) time.textContent = new Intl.DateTimeFormat(lang, STYLES[time.dataset.style]).format(when);
  }
}
tellTimes(document);

/* On a phone the rooms stand in one row: the one that is open is brought into sight. */
for (const here of document.querySelectorAll(".room-links [aria-current]")) {
  const row = here.parentElement;
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

/* Copying a line. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act=copy]");
  if (!button) return;
  if (!(await copied(button.closest("section, .call-line").querySelector("[data-line]")))) return;
  const before = button.textContent;
  button.textContent = button.dataset.done;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = before;
    button.disabled = false;
  }, 1600);
});

async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    return true;
  } catch {
    // Without leave to write the clipboard, the line is selected for the reader to copy.
    getSelection().selectAllChildren(element);
    return false;
  }
}

/* On a phone the notes below a line are folded, so that the lines stay close together. */
function fold(root) {
  if (!matchMedia("(max-width: 40rem)").matches) return;
  for (const notes of root.querySelectorAll(".notes")) notes.open = false;
}
fold(document);

const chat = document.querySelector("[data-chat]");
if (chat) startChat();

function startChat() {
  const WAITS = [700, 1500, 3000, 5000, 8000, 8000];
  const SILENCE = 60000;
  const phrases = document.getElementById("phrases").dataset;
  const composer = document.getElementById("composer");
  const box = composer.elements.text;
  const counter = document.getElementById("counter");
  const notice = document.getElementById("notice");
  const limit = Number(chat.dataset.limit);
  const draftKey = `dojo.draft.${chat.dataset.chat}`;
  const outboxKey = `dojo.outbox.${chat.dataset.chat}`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let outbox = readOutbox();
  let busy = false;
  let wake = null;

  /* What is kept until the server has answered it. */
  function stored(key, fallback) {
    try {
      return localStorage.getItem(key) ?? fallback;
    } catch {
      return fallback;
    }
  }

  function store(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch {
      // Storage may be full or forbidden: the page itself still holds what was typed.
    }
  }

  function readOutbox() {
    try {
      const items = JSON.parse(stored(outboxKey, "[]"));
      return items.filter((item) => typeof item.id === "string" && typeof item.said === "string");
    } catch {
      return [];
    }
  }

  function saveOutbox() {
    store(outboxKey, outbox.length ? JSON.stringify(outbox) : "");
  }

  /* An id of its own for every message; randomUUID exists in secure contexts only. */
  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* The transcript. */
  function turnOf(item) {
    for (const turn of chat.querySelectorAll(".turn")) {
      if (turn.dataset.messageId === item.id) return turn;
    }
    const turn = document.getElementById("turn").content.firstElementChild.cloneNode(true);
    turn.dataset.messageId = item.id;
    turn.querySelector(".said p").textContent = item.said;
    turn.querySelector(".said").classList.toggle("clicked", Boolean(item.payload));
    chat.querySelector(".welcome")?.remove();
    chat.append(turn);
    return turn;
  }

  function showTyping(turn, on) {
    turn.querySelector(".typing")?.remove();
    turn.querySelector(".pending")?.remove();
    if (!on) return;
    const sign = document.getElementById("turn").content.querySelector(".typing").cloneNode(true);
    turn.append(sign);
  }

  function scrollTo(turn) {
    turn.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  /* The notice above the composer: what happened, and a button. */
  function say(text, action = "") {
    notice.hidden = !text;
    notice.querySelector("p").textContent = text;
    const button = notice.querySelector("button");
    button.dataset.act = action || "close";
    button.textContent = action === "again" ? phrases.again : action === "reload" ? phrases.reload : phrases.close;
  }

  notice.querySelector("button").addEventListener("click", (event) => {
    const action = event.target.dataset.act;
    if (action === "reload") location.reload();
    if (action === "again") wake?.();
    if (action === "close") say("");
  });
  addEventListener("online", () => wake?.());

  /* Waits for a time, or until "try again" is pressed or the network is back; without a time, for those only. */
  function pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = milliseconds === null ? 0 : setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }).finally(() => {
      wake = null;
    });
  }

  /* One try. Resolves to {done}, {refused, message} or {again, wait, message}. */
  async function tryOnce(item, turn) {
    const stop = new AbortController();
    let timer = setTimeout(() => stop.abort(), SILENCE);
    const replies = turn.querySelector(".replies");
    let fresh = true;
    try {
      const answer = await fetch(chat.dataset.send, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": chat.dataset.csrf },
        body: JSON.stringify({ message_id: item.id, text: item.text, payload: item.payload }),
        signal: stop.signal,
      });
      if (!answer.ok) return await refusal(answer);
      for await (const line of lines(answer.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), SILENCE);
        if (line.done) {
          showProduct(line);
          showDock(line);
          return { done: true };
        }
        if (line.error) return { again: true, message: line.message };
        if (fresh) replies.replaceChildren();
        fresh = false;
        replies.insertAdjacentHTML("beforeend", line.html);
        fold(replies.lastElementChild);
        tellTimes(replies.lastElementChild);
      }
      return { again: true };
    } catch {
      return { again: true };
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }

  function showProduct(line) {
    if (!line.product) return;
    document.querySelector("[data-product-name]").textContent = line.product;
    document.querySelector("[data-product-trade]").textContent = line.trade;
  }

  /* What typed text is taken for now, and what can be done besides. */
  function showDock(line) {
    if (!line.dock) return;
    const dock = document.getElementById("mode");
    const held = dock.contains(document.activeElement);
    dock.innerHTML = line.dock;
    const mode = dock.querySelector(".mode").dataset;
    box.placeholder = mode.placeholder;
    composer.querySelector("label").textContent = mode.label;
    if (held) box.focus({ preventScroll: true });
  }

  async function refusal(answer) {
    let message = "";
    try {
      message = (await answer.json()).message || "";
    } catch {
      // Not our own answer: a gateway's page.
    }
    if (answer.status === 429) return { again: true, message, wait: 1000 * (Number(answer.headers.get("Retry-After")) || 2) };
    if (answer.status >= 500) return { again: true, message };
    return { refused: true, status: answer.status, message };
  }

  async function* lines(stream) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) if (part) yield JSON.parse(part);
    }
  }

  /* Delivers one message, however long it takes; the ones behind it wait, so that the order is kept. */
  async function deliver(item) {
    const turn = turnOf(item);
    showTyping(turn, true);
    scrollTo(turn);
    for (let attempt = 0; ; attempt++) {
      const outcome = await tryOnce(item, turn);
      if (outcome.done) {
        turn.dataset.answered = "yes";
        showTyping(turn, false);
        if (notice.dataset.about === item.id) say("");
        return;
      }
      if (outcome.refused) {
        turn.remove();
        giveBack(item);
        say(outcome.message || phrases.failed, outcome.status === 403 ? "reload" : "");
        return;
      }
      const offline = navigator.onLine === false;
      const spent = attempt % (WAITS.length + 1) === WAITS.length;
      notice.dataset.about = item.id;
      if (spent) {
        showTyping(turn, false);
        say(phrases.failed, "again");
        await pause(null);
        showTyping(turn, true);
      } else {
        say(offline ? phrases.offline : outcome.message || phrases.retrying, "again");
        await pause(outcome.wait ?? WAITS[attempt % (WAITS.length + 1)]);
      }
    }
  }

  function giveBack(item) {
    if (item.payload) return;
    box.value = box.value.trim() ? `${item.text}\n${box.value}` : item.text;
    typed();
    box.focus();
  }

  async function pump() {
    if (busy) return;
    busy = true;
    while (outbox.length) {
      const item = outbox[0];
      await deliver(item);
      outbox = outbox.filter((other) => other.id !== item.id);
      saveOutbox();
    }
    busy = false;
  }

  function send(item) {
    outbox.push(item);
    saveOutbox();
    turnOf(item);
    pump();
  }

  /* The composer. */
  function characters(text) {
    return Array.from(text).length;
  }

  function typed() {
    store(draftKey, box.value);
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.4)}px`;
    const left = limit - characters(box.value.trim());
    counter.hidden = left > 300;
    counter.classList.toggle("over", left < 0);
    counter.textContent = (left < 0 ? phrases.over : phrases.left).replace("{n}", Math.abs(left));
    box.setAttribute("aria-invalid", String(left < 0));
  }

  function sendTyped(text) {
    const said = text.trim();
    if (!said) return false;
    if (characters(said) > limit) {
      say(phrases.tooLong);
      return false;
    }
    if (!busy) say("");
    send({ id: newId(), text: said, said });
    return true;
  }

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!sendTyped(box.value)) return;
    box.value = "";
    typed();
    box.focus();
  });
  box.addEventListener("input", typed);
  box.addEventListener("keydown", (event) => {
    // While a Chinese word is being composed, Enter chooses it (229 is what Safari reports for that Enter).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  /* Buttons in cards, and the examples. */
  document.getElementById("clicks").addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (!button || outbox.some((item) => item.payload === button.value)) return;
    const name = button.querySelector(".choice-name") || button;
    send({ id: newId(), payload: button.value, said: name.textContent.trim() });
  });
  document.getElementById("examples").addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter && !outbox.length) sendTyped(event.submitter.value);
  });

  /* A page that was loaded again: the draft comes back, and what was not answered goes out. */
  if (!box.value) box.value = stored(draftKey, "");
  typed();
  const answered = new Set();
  for (const turn of chat.querySelectorAll(".turn[data-answered=yes]")) answered.add(turn.dataset.messageId);
  outbox = outbox.filter((item) => !answered.has(item.id));
  saveOutbox();
  chat.addEventListener("submit", (event) => {
    const pending = event.target.closest(".pending form");
    if (!pending) return;
    event.preventDefault();
    const id = pending.elements.message_id.value;
    if (outbox.some((item) => item.id === id)) return;
    const text = pending.elements.text?.value;
    const payload = pending.elements.payload?.value;
    send({ id, text, payload, said: text || pending.closest(".turn").querySelector(".said p").textContent });
  });
  const last = chat.querySelector(".turn:last-of-type");
  if (last) last.scrollIntoView({ block: "start" });
  box.focus({ preventScroll: true });
  const { begin, beginSaid } = chat.dataset;
  if (begin) {
    history.replaceState(null, "", location.pathname);
    if (!outbox.length) send({ id: newId(), payload: begin, said: beginSaid });
  }
  pump();
}
