// Keys and the list that keeps itself fresh. Everything also works by form and link without this file.
"use strict";

const list = document.getElementById("list");
let choosing = false;

function typing(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function move(step) {
  const rows = [...document.querySelectorAll("#list li a")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const there = rows[Math.max(0, Math.min(rows.length - 1, here + step))];
  if (there) there.click();
}

function submit(key) {
  const form = document.querySelector(`form[data-key="${key}"]`);
  if (form) form.requestSubmit();
}

function choose(on) {
  const form = document.querySelector("form.correct");
  choosing = on && form !== null;
  if (form) form.classList.toggle("choosing", choosing);
}

// A double click or a held key must not send a form twice.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  if (choosing) {
    const button = document.querySelector(`form.correct button[data-letter="${CSS.escape(event.key)}"]`);
    choose(false);
    if (button) button.click();
    event.preventDefault();
    return;
  }
  const onControl = event.target.closest("button, a, summary") !== null;
  const does = {
    j: () => move(1),
    k: () => move(-1),
    c: () => choose(true),
    a: () => submit("a"),
    u: () => submit("u"),
    "?": () => document.getElementById("keys").showModal(),
  }[event.key];
  if (does) does();
  else if (event.key === "Enter" && !onControl) submit("Enter");
  else return;
  event.preventDefault();
});

async function refresh() {
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(`/queue/list?message=${encodeURIComponent(list.dataset.message)}`, { redirect: "error" });
  if (!answer.ok) return;
  const html = await answer.text();
  if (html !== list.dataset.html) {
    list.dataset.html = html;
    list.innerHTML = html; // from our own server, escaped there
  }
}

if (list) {
  setInterval(() => refresh().catch(() => {}), 1500);
  const current = list.querySelector("[aria-current]");
  if (current) current.scrollIntoView({ block: "nearest" });
}
