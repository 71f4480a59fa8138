// The dashboard as CloudWatch shows it: lays the widgets out, asks for what is in them, and draws them again.
"use strict";

const about = JSON.parse(document.getElementById("about").textContent);
const recorded = JSON.parse(document.getElementById("recorded").textContent);
const HOUR = 3600000;
const RANGES = { "1h": HOUR, "3h": 3 * HOUR, "12h": 12 * HOUR, "1d": 24 * HOUR, "3d": 72 * HOUR, "1w": 168 * HOUR };
const ROW_PIXELS = 56;
const GAP_PIXELS = 10;

const grid = document.querySelector("main");
const theme = document.getElementById("theme");
const range = document.getElementById("range");
const popup = document.getElementById("popup");
const question = document.getElementById("question");
const cells = [];
let time = { start: 0, end: 0 };

// asking the server, or what was recorded for a page without one

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

async function ask(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return answer.json();
}

function fromRecord(kind, key) {
  const found = recorded[theme.value][kind][key];
  return found === undefined ? { html: '<p>This is a picture of a moment: it has only what was on the page then. <code>make dashboard</code> serves the live one.</p>' } : { html: found };
}

function invoke(endpoint, given, context) {
  if (recorded) return fromRecord("invoke", `${endpoint} ${canonical(given)}`);
  return ask("/invoke", { endpoint, event: { ...given, widgetContext: context } });
}

function inside(number, box) {
  if (recorded) return fromRecord("widget", String(number));
  return ask("/widget", { widget: number, start: time.start, end: time.end, width: box.width, height: box.height });
}

// layout and drawing

function size(cell) {
  const box = cell.body.getBoundingClientRect();
  const height = cell.height * ROW_PIXELS - GAP_PIXELS - (cell.title ? 30 : 0);
  return { width: Math.max(Math.floor(box.width) - 28, 200), height: Math.max(height - 18, 60) };
}

function still(event) {
  event.preventDefault(); // a form in a widget sends nothing anywhere
}

function place(widget, number) {
  const card = document.createElement("section");
  card.className = widget.bare ? "widget bare" : "widget";
  card.dataset.kind = widget.kind;
  card.style.gridColumn = `${widget.x + 1} / span ${widget.width}`;
  card.style.gridRow = `${widget.y + 1} / span ${widget.height}`;
  card.setAttribute("aria-label", widget.title || `Widget ${number + 1}`);
  if (widget.title) {
    const heading = document.createElement("h2");
    heading.textContent = widget.title;
    card.append(heading);
  }
  const body = document.createElement("div");
  body.className = "inside";
  // it may scroll, so the keyboard must reach it
  body.tabIndex = 0;
  body.setAttribute("role", "group");
  body.setAttribute("aria-label", `${widget.title || `Widget ${number + 1}`}: content`);
  card.append(body);
  grid.append(card);
  const root = widget.kind === "custom" ? body.attachShadow({ mode: "open" }) : body;
  root.addEventListener("submit", still);
  cells.push({ ...widget, number, card, body, root });
}

async function draw(cell) {
  cell.card.setAttribute("aria-busy", "true");
  const turn = (cell.turn = (cell.turn || 0) + 1);
  let answer;
  try {
    answer = cell.kind === "custom"
      ? await invoke(cell.endpoint, cell.params, context(cell, cell.root))
      : await inside(cell.number, size(cell));
  } catch (error) {
    answer = { html: failure(error) };
  }
  if (turn !== cell.turn) return; // a later drawing has overtaken this one
  if (cell.kind === "custom") fill(cell.root, answer.html, cell);
  else cell.root.innerHTML = answer.html;
  cell.card.setAttribute("aria-busy", "false");
}

async function refresh(wanted) {
  const now = recorded ? recorded.now : (await ask("/now", {})).now;
  time = { start: now - RANGES[range.value], end: now };
  document.getElementById("until").textContent = new Date(now).toISOString().slice(0, 19).replace("T", " ") + " UTC";
  await Promise.all(cells.filter(wanted).map(draw));
  document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn || 0) + 1);
}

function on(reason) {
  return (cell) => cell.kind !== "custom" || cell.updateOn[reason];
}

function setTheme() {
  document.documentElement.dataset.theme = theme.value;
}

function start() {
  const asked = new URLSearchParams(location.search);
  const closest = Object.keys(RANGES).find((name) => RANGES[name] >= about.lookBack) || "1w";
  range.value = RANGES[asked.get("range")] ? asked.get("range") : recorded ? recorded.range : closest;
  theme.value = asked.get("theme") === "dark" ? "dark" : "light";
  setTheme();
  about.widgets.forEach(place);
  theme.addEventListener("change", () => { setTheme(); refresh(() => true); });
  range.addEventListener("change", () => refresh(on("timeRange")));
  document.getElementById("refresh").addEventListener("click", () => refresh(on("refresh")));
  popup.querySelector("button").addEventListener("click", () => popup.close());
  let waiting;
  let width = innerWidth;
  addEventListener("resize", () => {
    if (recorded || innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh(on("resize")), 300);
  });
  const often = document.getElementById("often");
  setInterval(() => { if (often.checked && !document.querySelector("dialog[open]")) refresh(on("refresh")); }, 10000);
  for (const id of ["range", "range-label", "refresh", "often-label"]) document.getElementById(id).hidden = Boolean(recorded);
  refresh(() => true);
}
