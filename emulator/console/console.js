// Nothing here is needed: without it one presses the buttons.
"use strict";

// The region is changed by choosing it.
document.querySelector(".region select")?.addEventListener("change", (event) => event.target.form.submit());

// What runs is looked at again, unless something on the page is being used.
const live = document.querySelector("[data-live]");
if (live) {
  setInterval(() => {
    if (document.visibilityState === "visible" && document.activeElement?.matches("body, main")) location.reload();
  }, 3000);
}
