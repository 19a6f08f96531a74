// Keys for the rating page: digits choose in the first open question, Enter keeps, s skips, Backspace reopens.
(() => {
  "use strict";
  const form = document.querySelector("[data-rating]");
  if (!form) return;
  const questions = [...form.querySelectorAll("[data-question]")];
  const answered = (question) => question.querySelector("input:checked");
  const mark = () => {
    const open = questions.find((question) => !answered(question));
    questions.forEach((question) => question.classList.toggle("open", question === open));
    return open;
  };
  form.addEventListener("change", mark);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof HTMLElement && event.target.closest("input[type=text], textarea, select, a, button")) return;
    const open = mark();
    if (event.key === "Enter" && !open) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-skip]"));
    } else if (event.key === "Backspace") {
      const last = questions.filter(answered).pop();
      if (!last) return;
      event.preventDefault();
      answered(last).checked = false;
      mark();
    } else if (open) {
      const inputs = open.querySelectorAll("input");
      const place = event.key === "0" ? 9 : event.key === "-" ? 10 : Number(event.key) - 1;
      if (event.key.trim() === "" || !inputs[place]) return;
      event.preventDefault();
      inputs[place].checked = true;
      const next = mark();
      if (next) next.scrollIntoView({ block: "nearest" });
    }
  });
  mark();
})();
