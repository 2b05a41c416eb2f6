"use strict";
const RTL = ["ar"];
const shown = new Map();
const who = document.getElementById("person");
let language = document.documentElement.dataset.language;
let words = {};

// Latin names and numbers in an Arabic line keep their own direction (Unicode's isolates).
const apart = (text) => `\u2068${text}\u2069`;

async function speak(chosen) {
  const answer = await fetch(`words/${chosen}`);
  words = await answer.json();
  language = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = RTL.includes(chosen) ? "rtl" : "ltr";
  document.title = words.title;
  document.getElementById("title").textContent = words.title;
  document.querySelector(".who label").textContent = words.person;
  for (const button of document.querySelectorAll("nav button"))
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  await refresh();
}

async function refresh() {
  const answer = await fetch(`state/${language}`);
  const told = await answer.json();
  if (!who.value && document.activeElement !== who) who.value = told.person;
  for (const device of told.devices) show(device);
}

function section(host) {
  if (!shown.has(host)) {
    const made = document.getElementById("device").content.cloneNode(true).firstElementChild;
    const id = `serial-${shown.size}`;
    made.querySelector("input").id = id;
    made.querySelector("label").htmlFor = id;
    made.querySelector("form").addEventListener("submit", (event) => start(event, host));
    document.getElementById("devices").append(made);
    shown.set(host, made);
  }
  return shown.get(host);
}

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

// Nodes are changed only where they differ, so that focus stays and nothing is read out twice.
function list(parent, rows) {
  const key = JSON.stringify(rows);
  if (parent.dataset.key === key) return;
  parent.dataset.key = key;
  parent.replaceChildren(...rows.map(([tag, value]) => {
    const made = document.createElement(tag);
    made.textContent = value;
    return made;
  }));
}

function show(device) {
  const here = section(device.host);
  here.dataset.phase = device.phase;
  here.dataset.host = device.host;
  text(here.querySelector("h2"), apart(device.name || device.host));
  text(here.querySelector(".phase"), words[device.phase]);
  list(here.querySelector("dl"), facts(device));
  list(here.querySelector(".reasons"), device.reasons.map((reason) => ["li", reason]));
  const done = device.phase === "done";
  const asks = device.phase === "ready" || device.phase === "failed" || done;
  here.querySelector("form").hidden = !asks;
  const named = device.label ? words.serial : words.number;
  text(here.querySelector("label"), done ? `${words.returned} ${named}` : named);
  const verb = { failed: words.again, done: words.once_more }[device.phase] || words.start;
  text(here.querySelector("form button"), verb);
  const runs = device.phase === "running";
  here.querySelector(".work").hidden = !runs;
  const progress = here.querySelector("progress");
  progress.value = device.percent;
  progress.setAttribute("aria-label", words[device.stage] || words.stage);
  text(here.querySelector(".line"), runs ? line(device) : "");
  list(here.querySelector(".why"), device.why.map((why) => ["p", why]));
}

function facts(device) {
  if (!device.processor && !device.disks.length) return [];
  const disks = device.disks.map((one) => `${one.model || one.kind} ${Math.round(one.size / 1e9)} GB`);
  const rows = [
    [words.processor, apart(device.processor)],
    [words.memory, apart(`${(device.memory_mib / 1024).toFixed(1)} GiB`)],
    [words.disks, apart(disks.join(", ") || "-")],
    [words.grade, words[device.grade] || device.grade],
  ];
  if (!device.label) rows.unshift([words.number, apart(device.number || "-")]);
  return rows.flatMap(([head, value]) => [["dt", head], ["dd", value]]);
}

function line(device) {
  const parts = [words[device.stage] || device.stage];
  if (device.percent) parts.push(apart(`${device.percent} %`));
  if (device.rate) parts.push(apart(`${Math.round(device.rate / 1e6)} MB/s`));
  if (device.rate && device.left >= 0) {
    const minutes = Math.ceil(device.left / 60);
    parts.push(`${words.left} ${apart(minutes)} ${minutes === 1 ? words.minute : words.minutes}`);
  }
  return parts.join(" · ");
}

async function start(event, host) {
  event.preventDefault();
  const input = event.target.querySelector("input");
  if (!who.reportValidity()) return;
  const again = event.target.closest("section").dataset.phase === "done";
  await fetch("start", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ host, serial: input.value, person: who.value, again }),
  });
  input.value = "";
  await refresh();
}

for (const button of document.querySelectorAll("nav button"))
  button.addEventListener("click", () => speak(button.dataset.language));
speak(language).then(() => setInterval(() => refresh().catch(() => {}), 1000));
