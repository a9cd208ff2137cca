// The form of a chapter. Python says what there is to fill in (`spec`) and answers every save; nothing is stored here.
// Every control is a native element with a label, so that keyboard and screen reader work by themselves.

const IDLE = 1500; // ms without a keystroke before a field is saved while somebody is still in it
const PATIENCE = 1500; // ms without an answer before a field says that it is not saved yet
const PING = 4000;
const LOST = 13000; // ms of silence from the kernel: it is gone, or busy for very long

function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

let counter = 0;
const fresh = () => `crmf-${++counter}`;
const same = (one, other) => JSON.stringify(one ?? "") === JSON.stringify(other ?? "");

// --- controls: each gives {element, get, set, focus} and calls changed(final) ---------------------------------------

const controls = {
  line(field, id, changed) {
    const input = h("input", {
      id, type: "text", inputmode: field.numeric ? "decimal" : null, autocomplete: "off", class: field.numeric ? "num" : "",
      oninput: () => changed(false), onchange: () => changed(true),
    });
    const element = field.before || field.after
      ? h("span", { class: "unit" }, field.before && h("span", { "aria-hidden": "true" }, field.before), input,
          field.after && h("span", { "aria-hidden": "true" }, field.after))
      : input;
    return { element, get: () => input.value, set: (value) => (input.value = value ?? ""), focus: () => input.focus() };
  },

  area(field, id, changed) {
    let width = 0; // nothing while it is folded away
    const fit = () => {
      if (!box.offsetWidth) return;
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight + 2}px`;
    };
    const box = h("textarea", {
      id, rows: field.short ? 1 : 2, oninput: () => (fit(), changed(false)), onchange: () => changed(true),
      onkeydown: (event) => field.short && event.key === "Enter" && (event.preventDefault(), changed(true)),
    });
    new ResizeObserver(() => box.offsetWidth !== width && ((width = box.offsetWidth), fit())).observe(box);
    return {
      element: box, get: () => box.value, focus: () => box.focus(),
      set: (value) => ((box.value = value ?? ""), requestAnimationFrame(fit)),
    };
  },

  date(field, id, changed) {
    const input = h("input", { id, type: "date", onchange: () => changed(true) });
    return { element: input, get: () => input.value, set: (value) => (input.value = value ?? ""), focus: () => input.focus() };
  },

  select(field, id, changed) {
    const options = [["", field.empty ?? "–"], ...field.options];
    const box = h("select", { id, onchange: () => changed(true) }, ...options.map(([key, words]) => h("option", { value: key }, words)));
    const set = (value) => {
      // what stands in the file and is not on the list stays in sight
      if (value && !options.some(([key]) => key === value)) box.append(h("option", { value }, value));
      box.value = value ?? "";
    };
    return { element: box, get: () => box.value, set, focus: () => box.focus() };
  },

  // one of a few, with words: yes or no, a choice, a scale from 1 to 5
  radios(field, id, changed) {
    const inputs = field.options.map(([key, words]) => {
      const input = h("input", { type: "radio", name: id, value: key, onchange: () => changed(true) });
      return { input, label: h("label", {}, input, h("span", {}, words)) };
    });
    const clear = h("button", { type: "button", class: "quiet", onclick: () => (set(""), changed(true)) }, field.clear);
    const set = (value) => inputs.forEach(({ input }) => (input.checked = input.value === String(value ?? "")));
    return {
      element: h("div", { class: field.scale ? "radios scale" : "radios" }, ...inputs.map(({ label }) => label), clear),
      get: () => inputs.find(({ input }) => input.checked)?.input.value ?? "",
      set, focus: () => inputs[0].input.focus(),
    };
  },

  checks(field, id, changed) {
    const inputs = field.options.map(([key, words]) => {
      const input = h("input", { type: "checkbox", value: key, onchange: () => changed(true) });
      return { input, label: h("label", {}, input, h("span", {}, words)) };
    });
    return {
      element: h("div", { class: "radios" }, ...inputs.map(({ label }) => label)),
      get: () => inputs.filter(({ input }) => input.checked).map(({ input }) => input.value),
      set: (value) => inputs.forEach(({ input }) => (input.checked = (value ?? []).includes(input.value))),
      focus: () => inputs[0].input.focus(),
    };
  },

  // points to divide: what is left stands below
  points(field, id, changed) {
    const left = h("output", { class: "left" });
    const tell = () => (left.textContent = field.left.replace("{left}", field.total - sum()));
    const inputs = field.options.map(([key, words]) => {
      const input = h("input", {
        type: "number", min: 0, max: field.total, step: 1, "data-key": key,
        oninput: () => (tell(), changed(false)), onchange: () => changed(true),
      });
      return { key, input, label: h("label", {}, h("span", {}, words), input) };
    });
    const sum = () => inputs.reduce((total, { input }) => total + (Number(input.value) || 0), 0);
    return {
      element: h("div", { class: "points" }, ...inputs.map(({ label }) => label), left),
      get: () => Object.fromEntries(inputs.filter(({ input }) => input.value !== "").map(({ key, input }) => [key, Number(input.value)])),
      set: (value) => (inputs.forEach(({ key, input }) => (input.value = value?.[key] ?? "")), tell()),
      focus: () => inputs[0].input.focus(),
    };
  },

  ranking(field, id, changed) {
    const list = h("ol", { class: "ranking" });
    let order = field.options.map(([key]) => key);
    const words = Object.fromEntries(field.options);
    const move = (key, by) => {
      const from = order.indexOf(key);
      const to = Math.min(Math.max(from + by, 0), order.length - 1);
      if (from === to) return;
      order.splice(to, 0, ...order.splice(from, 1));
      draw();
      list.children[to].querySelector(by < 0 ? ".up" : ".down").focus();
      changed(true);
    };
    const draw = () =>
      list.replaceChildren(...order.map((key) =>
        h("li", { onkeydown: (e) => e.altKey && { ArrowUp: 1, ArrowDown: 1 }[e.key] && (e.preventDefault(), move(key, e.key === "ArrowUp" ? -1 : 1)) },
          h("span", {}, words[key]),
          h("button", { type: "button", class: "up", "aria-label": `${words[key]}: ${field.up}`, onclick: () => move(key, -1) }, "↑"),
          h("button", { type: "button", class: "down", "aria-label": `${words[key]}: ${field.down}`, onclick: () => move(key, 1) }, "↓"))));
    draw();
    return {
      element: list, get: () => order,
      set: (value) => ((order = [...(value ?? []), ...field.options.map(([key]) => key).filter((key) => !(value ?? []).includes(key))]), draw()),
      focus: () => list.querySelector("button").focus(),
    };
  },
};

const GROUPED = new Set(["radios", "checks", "points", "ranking"]); // several elements under one name: a fieldset

// --- one place that can be saved: a field, its source, a cell of a table --------------------------------------------

class Place {
  constructor(form, spec, address, label) {
    Object.assign(this, { form, spec, address });
    this.id = fresh();
    this.status = h("p", { class: "status", role: "status", id: `${this.id}-status` });
    this.control = controls[spec.control](spec, this.id, (final) => this.changed(final));
    const named = this.control.element.matches("input,select,textarea") ? this.control.element : this.control.element.querySelector("input,select,textarea");
    if (label && named && !GROUPED.has(spec.control)) named.setAttribute("aria-label", label);
    named?.setAttribute("aria-describedby", `${this.id}-status`);
    this.control.element.addEventListener("focusout", () => this.flush());
    this.seen = spec.value;
    this.control.set(spec.value);
    form.places.set(JSON.stringify(address), this);
  }

  changed(final) {
    clearTimeout(this.timer);
    if (final) this.flush();
    else this.timer = setTimeout(() => this.flush(), IDLE);
  }

  // one save at a time, so that the next one knows what it replaces; unless the page goes away
  flush(leaving) {
    clearTimeout(this.timer);
    const value = this.control.get();
    const before = this.sent ?? this.seen;
    if (same(value, before) || this.asking) return;
    if (this.sent !== undefined && !leaving) return void (this.again = true);
    this.save(value, before);
  }

  save(value, before) {
    clearTimeout(this.waiting);
    Object.assign(this, { sent: value, at: Date.now() });
    this.form.send({ type: "save", address: this.address, value, seen: before ?? null });
    this.waiting = setTimeout(() => this.tell("waiting", this.form.words.waiting), PATIENCE);
  }

  // a ping of after the save is answered and the save is not: one of the two messages was lost on the way
  answeredSince(ping) {
    if (this.sent === undefined || ping <= this.at) return;
    this.again = false;
    this.save(this.control.get(), this.seen);
  }

  answered(reply) {
    clearTimeout(this.waiting);
    const untouched = same(this.control.get(), this.sent);
    this.sent = undefined;
    if (reply.state === "saved") {
      this.seen = reply.value;
      if (untouched && !same(this.control.get(), reply.value)) this.control.set(reply.value);
      this.tell("saved", reply.at ? this.form.words.saved.replace("{at}", reply.at) : "");
    } else if (reply.state === "conflict") this.ask(reply);
    else this.tell("invalid", reply.message);
    if (this.again) (this.again = false), this.flush();
  }

  // changed elsewhere meanwhile: both versions, and whoever sits here decides
  ask(reply) {
    const { words } = this.form;
    this.asking = true;
    const choose = (mine) => () => {
      this.asking = false;
      this.seen = reply.theirs;
      if (!mine) this.control.set(reply.theirs);
      this.tell("", "");
      this.control.focus();
      if (mine) this.flush();
    };
    const shown = (value) => (typeof value === "string" && value ? value : value == null || value === "" ? words.nothing : JSON.stringify(value));
    this.tell("invalid", words.conflict);
    const first = h("button", { type: "button", onclick: choose(false) }, words.take_theirs);
    this.status.append(
      h("span", { class: "versions" }, h("q", {}, shown(reply.shown ?? reply.theirs)), first,
        h("q", {}, shown(this.control.get())), h("button", { type: "button", onclick: choose(true) }, words.keep_mine)));
    first.focus();
  }

  tell(kind, text) {
    this.status.className = `status ${kind}`;
    this.status.textContent = text;
    this.control.element.classList.toggle("wrong", kind === "invalid");
  }

  // what the file says now, unless somebody is typing here
  refresh(value) {
    if (this.sent !== undefined || this.asking || !same(this.control.get(), this.seen)) return;
    this.seen = value;
    this.control.set(value);
  }
}

// --- fields and tables ----------------------------------------------------------------------------------------------

function fieldElement(form, field) {
  if (field.control === "table") return tableElement(form, field);
  if (field.control === "slider") return sliderElement(form, field);
  if (field.control === "report") return reportElement(form, field);
  if (field.control === "scores") return scoresElement(form, field);
  if (field.control === "file") return fileElement(form, field);
  if (field.control === "votes") return votesElement(form, field);
  const place = new Place(form, field, [field.id, "value"]);
  const help = field.help && h("p", { class: "help", id: `${place.id}-help` }, field.help);
  const grouped = GROUPED.has(field.control);
  const name = grouped ? h("legend", {}, field.label) : h("label", { for: place.id }, field.label);
  const extra = field.support && supportElement(form, field);
  return h(grouped ? "fieldset" : "div", { class: "field", "data-field": field.id }, name, help, place.control.element, place.status, extra);
}

// where a number comes from, and how sure we are of it
function supportElement(form, field) {
  const { words } = form;
  const source = new Place(form, { control: "line", value: field.support.source }, [field.id, "source"]);
  const sure = new Place(form, { control: "radios", scale: true, options: words.confidence_options, clear: words.clear, value: field.support.confidence }, [field.id, "confidence"]);
  const parts = [
    h("div", {}, h("label", { for: source.id }, words.source), source.control.element, source.status),
    h("fieldset", {}, h("legend", {}, words.confidence), sure.control.element, sure.status),
  ];
  if (!field.support.folded) return h("div", { class: "support" }, ...parts);
  const known = [field.support.source, field.support.confidence].filter(Boolean).join(" · ");
  return h("details", { class: "folded" }, h("summary", {}, words.support, known && h("small", {}, known)), h("div", { class: "support" }, ...parts));
}

function tableElement(form, field) {
  const { words } = form;
  const body = h("tbody");
  const status = h("p", { class: "status", role: "status" });
  const add = h("button", { type: "button", class: "add", onclick: () => draft() }, words.add_row);
  let shown;
  const draw = (rows, gently, columns) => {
    const widened = columns && !same(columns, field.columns); // there is something new to choose
    if (widened && !body.querySelector(".draft") && !body.contains(document.activeElement)) (field.columns = columns), (gently = false);
    if (gently && (same(rows, shown) || body.contains(document.activeElement) || body.querySelector(".draft"))) return;
    for (const key of [...form.places.keys()]) if (JSON.parse(key)[0] === field.id) form.places.delete(key);
    const cell = body.contains(document.activeElement) && document.activeElement.closest("td");
    const typing = body.querySelector(".draft");
    const at = cell && cell.parentElement !== typing ? cell.parentElement.sectionRowIndex : rows.length - 1;
    typing?.end();
    shown = rows;
    body.replaceChildren(...rows.map((row, at) => rowElement(form, field, row, at, status)));
    // whoever was on the way to the next cell of a new row finds it in the row that is saved
    const place = (id, row) => form.places.get(JSON.stringify([field.id, row, id]));
    typing?.carry((id, value) => {
      place(id, rows.length - 1)?.control.set(value);
      place(id, rows.length - 1)?.flush();
    });
    if (cell) place(field.columns[cell.cellIndex]?.id, at)?.control.focus();
  };
  const draft = () => {
    const row = body.querySelector(".draft") ?? draftElement(form, field, status);
    body.append(row);
    row.querySelector("input,select,textarea").focus();
  };
  form.tables.set(field.id, { draw });
  draw(field.rows);
  const heads = field.columns.map((column) => h("th", { scope: "col" }, column.label, column.required && h("span", { class: "needed", title: words.needed }, " *")));
  if (field.locked) return h("div", { class: "field table", "data-field": field.id }, h("p", { class: "help" }, field.locked));
  return h("div", { class: "field table", "data-field": field.id },
    field.heading && h("h4", {}, field.heading), field.help && h("p", { class: "help" }, field.help),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": field.label },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads, h("td"))), body)),
    add, status);
}

function rowElement(form, field, row, at, status) {
  const cells = field.columns.map((column) => {
    const place = new Place(form, { ...column, value: row[column.id] }, [field.id, at, column.id], `${column.label}, ${form.words.row} ${at + 1}`);
    return h("td", { "data-label": column.label }, place.control.element, place.status);
  });
  const remove = h("button", {
    type: "button", class: "quiet", "aria-label": `${form.words.remove_row} ${at + 1}`, title: form.words.remove_row,
    onclick: () => form.send({ type: "remove_row", address: [field.id], row: at, seen: row, n: form.remember(status) }),
  }, "×");
  return h("tr", {}, ...cells, h("td", { class: "end" }, remove));
}

// a new row is one thing to save: it goes to disk when what it needs is there
function draftElement(form, field, status) {
  const controlled = field.columns.map((column) => {
    const changed = (final) => final && send();
    return [column, controls[column.control](column, fresh(), changed)];
  });
  let sent = {};
  let busy = false; // on its way: what is typed meanwhile goes along to the row that comes back
  const values = () => Object.fromEntries(controlled.map(([column, control]) => [column.id, control.get()]));
  const send = () => {
    if (busy) return;
    sent = values();
    busy = field.columns.every((column) => !column.required || sent[column.id]);
    form.send({ type: "row", address: [field.id], n: form.remember(status, () => (busy = false)), value: sent });
  };
  const cells = controlled.map(([column, control]) => {
    control.set("");
    control.element.querySelectorAll("input,select,textarea").forEach((input) => input.setAttribute("aria-label", `${column.label}, ${form.words.new_row}`));
    if (control.element.matches("input,select,textarea")) control.element.setAttribute("aria-label", `${column.label}, ${form.words.new_row}`);
    return h("td", { "data-label": column.label }, control.element);
  });
  const row = h("tr", { class: "draft" }, ...cells, h("td", { class: "end" },
    h("button", { type: "button", class: "quiet", "aria-label": `${form.words.remove_row}, ${form.words.new_row}`, onclick: () => (row.remove(), (status.textContent = "")) }, "×")));
  row.end = () => (busy = true);
  row.carry = (put) => Object.entries(values()).forEach(([id, value]) => !same(value, sent[id]) && put(id, value));
  return row;
}

// a what-if: figures move along, and nothing is saved before somebody asks for it
function sliderElement(form, field) {
  const id = fresh();
  const name = h("label", { for: id }, field.label);
  const input = h("input", { id, type: "range" });
  const shown = h("output", { for: id });
  const status = h("p", { class: "status", role: "status" });
  const use = h("button", { type: "button", onclick: () => form.send({ type: "use", name: field.name, value: Number(input.value), n: form.remember(status) }) }, form.words.use_value);
  const back = h("button", { type: "button", class: "quiet", onclick: () => ((input.value = field.value), release(null), input.focus()) }, form.words.reset);
  let begins; // on a step of the slider, where the value itself may lie between two
  const tell = () => {
    const decimals = Math.max(0, -Math.floor(Math.log10(field.step * field.scale) + 1e-9));
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: field.signed ? "exceptZero" : "auto" };
    const words = (Number(input.value) * field.scale).toLocaleString(form.spec.language, options);
    shown.textContent = `${field.before ?? ""}${words}${field.after ?? ""}`;
    input.setAttribute("aria-valuetext", shown.textContent);
    use.hidden = !field.keep;
    use.disabled = Number(input.value) === begins;
    back.hidden = Number(input.value) === begins;
  };
  // where it begins may change, when somebody keeps a value or types another
  const follow = (news) => {
    const moved = begins === undefined ? news.now : Number(input.value) !== begins ? input.value : null;
    field = news;
    for (const [key, value] of [["min", field.low], ["max", field.high], ["step", field.step], ["value", field.value]]) input[key] = value;
    begins = Number(input.value);
    if (moved != null) input.value = moved;
    tell();
  };
  const move = () => (tell(), form.move({ type: "move", name: field.name, value: Number(input.value) }));
  const release = (value) => (tell(), form.move({ type: "release", name: field.name, value }));
  input.addEventListener("input", move);
  input.addEventListener("change", () => release(Number(input.value) === begins ? null : Number(input.value)));
  follow(field);
  form.sliders.set(field.id, { label: field.label, follow, status });
  return h("div", { class: "field slider", "data-field": field.id }, name, h("span", { class: "range" }, input, shown, use, back), status);
}

// the report, made beside the workshop and handed over as a file
function reportElement(form, field) {
  const status = h("p", { class: "status", role: "status" });
  const link = h("a", { target: "_blank", hidden: true }, form.words.open_report);
  const make = h("button", { type: "button", onclick: () => ((make.disabled = true), form.send({ type: "report", n: form.remember(status) })) }, field.label);
  form.received = (bytes, name) => {
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
    link.hidden = false;
  };
  form.finished = () => (make.disabled = false);
  return h("div", { class: "field" }, h("span", { class: "range" }, make, link), status);
}

// --- the form -------------------------------------------------------------------------------------------------------

class Form {
  constructor(model, el) {
    Object.assign(this, { model, el, places: new Map(), tables: new Map(), parts: new Map(), sliders: new Map(), asked: new Map(), hidden: new Set(), number: 0, moving: 0, heard: Date.now() });
    this.onMessage = (message, buffers) => this.hear(message, buffers);
    this.onSpec = () => this.follow() || this.draw();
    this.onHide = () => document.hidden && this.flush(true);
    this.onLeave = () => this.flush(true);
    this.onFocus = () => this.send({ type: "refresh" });
    model.on("msg:custom", this.onMessage);
    model.on("change:spec", this.onSpec);
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("focus", this.onFocus);
    window.addEventListener("crmworkbook-leave", this.onLeave);
    this.pulse = setInterval(() => this.ping(), PING);
    this.draw();
  }

  close() {
    clearInterval(this.pulse);
    clearInterval(this.ticking);
    for (const name of [...this.hidden]) this.hide(name, false);
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:spec", this.onSpec);
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("focus", this.onFocus);
    window.removeEventListener("crmworkbook-leave", this.onLeave);
  }

  draw() {
    this.spec = this.model.get("spec");
    this.words = this.spec.words;
    this.places.clear();
    this.tables.clear();
    this.parts.clear();
    this.sliders.clear();
    clearInterval(this.ticking);
    for (const name of [...this.hidden]) this.hide(name, false);
    this.light = h("p", { class: "light", role: "status" });
    this.count = h("span", { class: "open" });
    const head = this.spec.title && h("header", {}, h("strong", {}, this.spec.title), this.count, this.light);
    const unfolded = new Map([...this.el.querySelectorAll("details[data-group]")].map((group) => [group.dataset.group, group.open]));
    const groups = this.spec.groups.map((group) =>
      h("details", { "data-group": group.id, open: unfolded.get(group.id) ?? group.open },
        h("summary", {}, h("span", {}, group.title), group.note && h("small", {}, group.note)),
        group.help && h("p", { class: "help" }, group.help),
        h("div", { class: "fields" }, ...group.fields.map((field) => fieldElement(this, field)))));
    const form = h("form", { class: "crmf", lang: this.spec.language, "aria-label": this.spec.title || this.spec.groups[0]?.title, onsubmit: (e) => e.preventDefault() },
      head, this.spec.agenda?.steps.length ? clockElement(this) : null, ...groups);
    // Jupyter's own keys must not act on what is typed here
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if ((event.ctrlKey || event.metaKey) && event.key === "s") event.preventDefault(), this.flush(); // and no file of the page
    });
    form.setAttribute("data-lm-suppress-shortcuts", "true");
    this.el.replaceChildren(form);
    this.tellOpen(this.spec.open);
    this.tellLight("on");
  }

  // the same sliders with other numbers stay where they are: somebody may have hold of one
  follow() {
    const fields = this.model.get("spec").groups.flatMap((group) => group.fields);
    const same = fields.length && fields.length === this.sliders.size && fields.every((field) => this.sliders.get(field.id)?.label === field.label);
    if (same) fields.forEach((field) => this.sliders.get(field.id).follow(field));
    return same;
  }

  // one move at a time; of those made meanwhile only the last counts, and none once the slider is let go
  move(message) {
    const waits = message.type === "move" && Date.now() - this.moving < PATIENCE;
    this.next = waits ? message : undefined;
    if (waits) return;
    this.moving = Date.now();
    this.send(message);
  }

  flush(leaving) {
    for (const place of this.places.values()) place.flush(leaving);
  }

  // while somebody scores alone, no figure of the chapter shows what others gave
  hide(name, hidden) {
    this.hidden[hidden ? "add" : "delete"](name);
    (this.el.closest(".jp-Notebook") ?? document.body).classList.toggle("crmf-scoring", this.hidden.size > 0);
  }

  send(message, buffers) {
    try {
      this.model.send(message, undefined, buffers);
    } catch {
      this.tellLight("lost");
    }
  }

  remember(status, told) {
    this.asked.set(++this.number, { status, told });
    return this.number;
  }

  ping() {
    if (!this.el.isConnected) return;
    this.pinged = Date.now();
    this.send({ type: "ping", n: this.pinged });
    if (Date.now() - this.heard > LOST) this.tellLight("lost");
  }

  hear(message, buffers) {
    this.heard = Date.now();
    if (this.lost) this.flush();
    this.tellLight(message.type === "busy" ? "busy" : "on");
    if ("open" in message) this.tellOpen(message.open);
    if (message.type === "pong" && message.n === this.pinged) // and not one for another window on this kernel
      for (const place of this.places.values()) place.answeredSince(message.n);
    if (message.type === "reply") this.places.get(JSON.stringify(message.address))?.answered(message);
    if (message.type === "values") for (const [address, value] of message.values) this.places.get(JSON.stringify(address))?.refresh(value);
    if (message.type === "part") this.parts.get(message.field)?.(message);
    if (message.type === "rows") this.tables.get(message.address[0])?.draw(message.rows, message.gently, message.columns);
    if (message.type === "told") {
      const { status, told } = this.asked.get(message.n) ?? {};
      told?.();
      if (status) (status.className = `status ${message.state}`), (status.textContent = message.message);
      if (message.state) this.finished?.();
    }
    if (message.type === "pdf") this.received(buffers[0], message.name);
    if (message.type === "moved") {
      const status = this.sliders.get(`what_if:${message.name}`)?.status;
      if (status) (status.className = "status waiting"), (status.textContent = message.drawn ? "" : this.words.no_figure);
      this.moving = 0;
      if (this.next) this.move(this.next);
    }
  }

  tellOpen(open) {
    this.count.textContent = open ? this.words.open.replace("{open}", open) : this.words.complete;
  }

  tellLight(state) {
    this.lost = state === "lost";
    this.light.className = `light ${state}`;
    this.light.textContent = this.words[`light_${state}`];
  }
}

export default {
  render({ model, el }) {
    const form = new Form(model, el);
    return () => form.close();
  },
};
