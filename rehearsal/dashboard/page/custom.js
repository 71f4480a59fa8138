// Custom widgets as CloudWatch treats them: takes what is dangerous out of their answers, binds the actions in
// them, and tells each call of its context.

// Documented as stripped: JavaScript, iframe, use. The others could load, run or hide the same.
const FORBIDDEN = "script,iframe,frame,frameset,object,embed,use,link,meta,base,template,portal";
const LINKS = ["href", "src", "xlink:href", "action", "formaction", "data", "poster", "srcset", "background"];
const SCHEMES = ["http:", "https:", "mailto:"];

// what a custom widget may and may not contain

function harmless(html) {
  // the content of a template runs nothing and loads nothing
  const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
  for (const element of content.querySelectorAll(FORBIDDEN)) element.remove();
  for (const element of content.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const script = name.toLowerCase().startsWith("on") || name.toLowerCase() === "srcdoc";
      if (script || (LINKS.includes(name.toLowerCase()) && !harmlessLink(value))) element.removeAttribute(name);
    }
  }
  return content;
}

function harmlessLink(value) {
  if (value.trim().startsWith("#")) return true;
  try {
    return SCHEMES.includes(new URL(value, "https://console.invalid/").protocol);
  } catch {
    return false;
  }
}

function fill(root, html, cell) {
  const content = harmless(html);
  const plain = content.querySelector(".cwdb-no-default-styles");
  const style = document.createElement("style");
  style.textContent = "cwdb-action { display: none; }" + (plain ? "" : document.getElementById("widget-style").textContent);
  root.replaceChildren(style, content);
  for (const action of root.querySelectorAll("cwdb-action")) bind(action, root, cell);
  for (const link of root.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener";
  }
}

// actions

function bind(action, root, cell) {
  const element = action.previousElementSibling;
  if (!element) return;
  const event = action.getAttribute("event") || "click";
  element.addEventListener(event, async (happened) => {
    happened.preventDefault();
    if (element.hasAttribute("data-busy")) return;
    const confirmation = action.getAttribute("confirmation");
    if (confirmation && !(await agreed(confirmation, element))) return;
    element.setAttribute("data-busy", "");
    try {
      show(await outcome(action, root, cell), action, element, cell);
    } finally {
      element.removeAttribute("data-busy");
    }
  });
}

async function outcome(action, root, cell) {
  if (action.getAttribute("action") !== "call") return action.innerHTML;
  let given = {};
  try {
    given = JSON.parse(action.textContent.trim() || "{}");
  } catch {
    return '<p>The parameters of this action are no JSON.</p>';
  }
  try {
    return (await invoke(action.getAttribute("endpoint"), given, context(cell, root))).html;
  } catch (error) {
    return failure(error);
  }
}

function show(html, action, element, cell) {
  if (action.getAttribute("display") !== "popup") {
    fill(cell.root, html, cell);
    return;
  }
  const box = popup.querySelector(".inside");
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.addEventListener("submit", still);
  fill(root, html, cell);
  box.replaceChildren(host);
  popup.querySelector("h2").textContent = cell.title || about.name;
  if (!popup.open) popup.showModal();
  box.scrollTop = 0;
}

function agreed(text, element) {
  question.querySelector(".inside").textContent = text;
  question.returnValue = "";
  question.showModal();
  return new Promise((resolve) => {
    question.addEventListener("close", () => {
      element.focus();
      resolve(question.returnValue === "yes");
    }, { once: true });
  });
}

function failure(error) {
  const text = document.createElement("p");
  text.className = "failure";
  text.setAttribute("role", "alert");
  text.textContent = String(error);
  return text.outerHTML;
}

// Of forms only: AWS's samples have every field in one, and nothing says that others are collected.
function fields(root) {
  const found = {};
  for (const field of root.querySelectorAll("form :is(input,select,textarea)[name]")) {
    const chosen = !["checkbox", "radio"].includes(field.type) || field.checked;
    if (chosen) found[field.name] = field.value;
  }
  return found;
}

function context(cell, root) {
  const box = size(cell);
  return {
    dashboardName: about.name,
    widgetId: `widget-${cell.number + 1}`,
    accountId: about.account,
    locale: "en",
    timezone: { label: "UTC", offsetISO: "+00:00", offsetInMinutes: 0 },
    period: 300,
    isAutoPeriod: true,
    // there is a part "zoom" only when somebody has zoomed into a graph, which this page does not have
    timeRange: { mode: "relative", start: time.start, end: time.end, relativeStart: RANGES[range.value] },
    theme: theme.value,
    linkCharts: true,
    title: cell.title,
    forms: { all: fields(root) },
    params: cell.params,
    width: box.width,
    height: box.height,
  };
}
