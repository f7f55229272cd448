// Nothing here is needed: without it one presses the buttons.
"use strict";

// The region is changed by choosing it.
document.querySelector(".region select")?.addEventListener("change", (event) => event.target.form.submit());

// A statement is run from the keyboard.
document.querySelector(".query textarea")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});

// What runs is looked at again, until the reader uses the page.
if (document.querySelector("[data-live]")) {
  const looking = setInterval(() => document.visibilityState === "visible" && location.reload(), 3000);
  for (const use of ["pointerdown", "keydown"]) document.addEventListener(use, () => clearInterval(looking));
}

// A graph that is larger than its frame is shown from its start, or from the state that was chosen.
for (const canvas of document.querySelectorAll(".canvas")) {
  const shown = canvas.querySelector(".chosen") ?? canvas.querySelector(".terminal, .box");
  if (!shown) continue;
  const box = shown.getBoundingClientRect(), frame = canvas.getBoundingClientRect();
  canvas.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  if (shown.matches(".chosen")) canvas.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
}
