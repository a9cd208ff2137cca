
// What a group does together: the clock, scoring one after another, votes. One module with form.js, read after it.

const TICK = 500;

const fillWords = (words, values) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words);
const digital = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

// --- the agenda with its clock, which counts each step and goes on counting over a reload ---------------------------

function clockElement(form) {
  const { steps, minutes, chapter } = form.spec.agenda;
  const words = form.words.meeting;
  const key = `crmworkbook-clock-${location.pathname}-${chapter}`;
  let state = { step: 0, spent: steps.map(() => 0), since: null };
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    if (kept?.spent?.length === steps.length) state = kept;
  } catch { /* a browser that keeps nothing starts at nought */ }
  const keep = () => {
    try {
      sessionStorage.setItem(key, JSON.stringify(state));
    } catch { /* the clock runs all the same */ }
  };
  const spent = (step) => state.spent[step] + (step === state.step && state.since ? (Date.now() - state.since) / 1000 : 0);
  const bank = () => {
    state.spent[state.step] = spent(state.step);
    if (state.since) state.since = Date.now();
  };
  const time = h("b", { class: "time" });
  const place = h("span", { class: "place" });
  const bar = h("span", { class: "bar", "aria-hidden": "true" }, h("i"));
  const spoken = h("p", { class: "spoken", "aria-live": "polite" });
  const turn = h("button", { type: "button", onclick: () => (bank(), (state.since = state.since ? null : Date.now()), keep(), tell()) });
  const go = (step) => (bank(), (state.step = step), keep(), tell());
  const next = h("button", { type: "button", onclick: () => go(state.step + 1) }, words.next_step);
  const again = h("button", { type: "button", class: "quiet", onclick: () => ((state = { step: 0, spent: steps.map(() => 0), since: null }), keep(), tell(), turn.focus()) }, words.restart);
  const lines = steps.map((step, at) =>
    h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => go(at) }, h("b", {}, fillWords(words.minutes, { minutes: step.minutes })), " ", step.text)));
  let over;
  const tell = () => {
    const allowed = steps[state.step].minutes * 60;
    const here = spent(state.step);
    const late = here > allowed;
    const total = steps.reduce((sum, _, at) => sum + spent(at), 0);
    time.textContent = fillWords(late ? words.over : words.left, { time: digital(Math.abs(allowed - here) + (late ? 0 : 0.99)) });
    place.textContent = `${fillWords(words.step, { at: state.step + 1, count: steps.length })} · ${fillWords(words.used, { used: Math.floor(total / 60), minutes })}`;
    bar.firstChild.style.width = `${Math.min(100, (100 * here) / allowed)}%`;
    element.classList.toggle("over", late);
    element.classList.toggle("running", Boolean(state.since));
    element.style.setProperty("--crmf-top", `${document.querySelector(".crmw-way")?.offsetHeight ?? 0}px`); // below the bar of Voilà
    turn.textContent = state.since ? words.pause : total > 0 ? words.go_on : words.start;
    next.disabled = state.step === steps.length - 1;
    again.hidden = total < 1;
    lines.forEach((line, at) => (at === state.step ? line.setAttribute("aria-current", "step") : line.removeAttribute("aria-current")));
    if (late && over === false) spoken.textContent = words.time_up; // said once, when it happens
    if (!late) spoken.textContent = "";
    over = late;
  };
  const element = h("section", { class: "clock", "aria-label": words.clock },
    h("div", { class: "now" }, time, place, bar, h("span", { class: "turn" }, turn, next, again)), spoken,
    h("details", { class: "folded" }, h("summary", {}, words.agenda, h("small", {}, fillWords(words.minutes, { minutes }))), h("ol", {}, ...lines)));
  form.ticking = setInterval(() => state.since && tell(), TICK);
  tell();
  return element;
}

// --- who: a role that is typed, or chosen from those who did it before ----------------------------------------------

function whoElement(form, label, begin) {
  const id = fresh();
  const known = h("datalist", { id: `${id}-known` });
  const input = h("input", { id, type: "text", list: `${id}-known`, autocomplete: "off", onkeydown: (e) => e.key === "Enter" && (e.preventDefault(), begin()) });
  const button = h("button", { type: "button", onclick: begin }, form.words.meeting.begin);
  return {
    element: h("div", { class: "who" }, h("label", { for: id }, label), h("span", { class: "range" }, input, button)),
    input,
    knows: (names) => known.replaceChildren(...names.map((name) => h("option", { value: name }))),
    known,
  };
}

// --- scores of a list of statements ---------------------------------------------------------------------------------

function scoresElement(form, field) {
  const words = form.words.meeting;
  const ask = (what, more) => form.send({ type: "ask", field: field.id, what, ...more });
  const status = h("p", { class: "status", role: "status" });
  const stage = h("div", { class: "stage" });
  const scored = h("p", { class: "help" });
  const who = whoElement(form, words.who_scores, () => ask("begin", { who: who.input.value }));
  const show = h("button", { type: "button", onclick: () => ask("spread") }, words.spread);
  const idle = h("div", {}, h("p", { class: "help" }, words.who_help), who.element, who.known, scored, show);
  let scoring = false;

  const tellScored = (people) => {
    const all = field.statements.length;
    const names = people.map(([name, count]) => (count < all ? `${name} ${count}/${all}` : name)).join(", ");
    scored.textContent = people.length ? fillWords(words.scored, { names }) : words.nobody;
    who.knows(people.map(([name]) => name));
    show.disabled = !people.length;
  };

  const places = () => [...form.places.entries()].filter(([key]) => JSON.parse(key)[0] === field.id);
  const stop = () => {
    for (const [, place] of places()) place.flush();
    if (places().some(([, place]) => place.sent !== undefined || place.asking)) return void setTimeout(stop, 150); // first know what became of it
    for (const [key] of places()) form.places.delete(key);
    scoring = false;
    form.hide(field.id, false);
    stage.replaceChildren();
    idle.hidden = false;
    who.input.value = "";
    who.input.focus();
    ask("done");
  };

  const start = ({ who: name, values }) => {
    scoring = true;
    form.hide(field.id, true);
    idle.hidden = true;
    const head = h("h4", { tabindex: -1 }, fillWords(words.scores_now, { who: name }));
    const list = h("div", {});
    const targets = h("input", { type: "checkbox", checked: field.target, onchange: () => list.classList.toggle("targets", targets.checked) });
    list.classList.toggle("targets", Boolean(field.target));
    const rows = field.statements.map(([id, text]) => statement(name, id, text, values[id] ?? {}));
    // 1 to 5 on the keyboard score a statement and go on to the next
    rows.forEach((row, at) => row.addEventListener("keydown", (event) => {
      const radio = row.querySelector(`.scoring input[type=radio][value="${event.key}"]`);
      if (!radio || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select")) return;
      event.preventDefault();
      radio.checked = true;
      radio.dispatchEvent(new Event("change"));
      (rows[at + 1]?.querySelector("input[type=radio]:checked, input[type=radio]") ?? done).focus();
    }));
    list.append(...rows);
    const done = h("button", { type: "button", onclick: stop }, words.next_person);
    stage.replaceChildren(head, h("p", { class: "help" }, words.hidden), h("label", { class: "tick" }, targets, h("span", {}, words.with_target)), list, done);
    head.focus();
  };

  const statement = (name, id, text, given) => {
    const score = new Place(form, { control: "radios", scale: true, options: field.options, clear: field.clear, value: given.score ?? "" }, [field.id, name, id, "score"]);
    const numbers = field.options.map(([key]) => [key, key]);
    const target = new Place(form, { control: "select", options: numbers, value: given.target ?? "" }, [field.id, name, id, "target"], `${words.target}: ${text}`);
    return h("fieldset", { class: "field scored" }, h("legend", {}, text),
      h("div", { class: "scoring" }, score.control.element, h("label", { class: "goal" }, h("span", { "aria-hidden": "true" }, words.target), target.control.element)),
      score.status, target.status);
  };

  const spread = (rows) => {
    const worth = rows.some((row) => row.discuss);
    const division = (counts) => h("span", { class: "division", role: "img", "aria-label": counts.map((n, at) => n && fillWords(words.division_of, { n, score: at + 1 })).filter(Boolean).join(", ") },
      ...counts.map((n) => h("i", { class: n ? "some" : "" }, n ? String(n) : "")));
    const end = (score, names) => h("span", {}, h("b", {}, score), names && h("small", {}, ` ${names}`));
    const cells = (row) => [
      [words.statement, h("span", {}, row.text, row.discuss && h("strong", { class: "mark" }, ` ${words.discuss}`))], [words.division, division(row.counts)],
      [words.lowest, end(row.low, row.low_who)], [words.highest, end(row.high, row.high_who)], [words.mean, row.mean],
    ];
    const sorted = [...rows].sort((one, other) => other.discuss - one.discuss);
    const heads = [words.statement, words.division, words.lowest, words.highest, words.mean];
    const hide = h("button", { type: "button", class: "quiet", onclick: () => (stage.replaceChildren(), show.focus()) }, words.hide);
    stage.replaceChildren(
      h("p", { class: "verdict", tabindex: -1 }, worth ? words.discuss_some : words.discuss_none),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": field.label },
        h("table", { class: "spread" }, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
          h("tbody", {}, ...sorted.map((row) => h("tr", { class: row.discuss ? "discuss" : "" }, ...cells(row).map(([label, cell]) => h("td", { "data-label": label }, cell))))))),
      hide);
    stage.querySelector(".verdict").focus();
  };

  form.parts.set(field.id, (message) => {
    status.className = message.fault ? "status invalid" : "status";
    status.textContent = message.fault ?? "";
    if (message.scored) tellScored(message.scored);
    if (message.fault) return;
    if (message.what === "begin") start(message);
    if (message.what === "spread" && !scoring) spread(message.rows);
  });
  tellScored(field.scored);
  return h("div", { class: "field", "data-field": field.id }, idle, status, stage);
}

// --- scores of many at once, from a file ----------------------------------------------------------------------------

function fileElement(form, field) {
  const words = form.words.meeting;
  const id = fresh();
  const status = h("p", { class: "status", role: "status" });
  const more = h("div", {});
  let last;
  const hand = (replace) => form.send({ type: "ask", field: field.id, what: "file", name: last.name, replace }, [last.bytes]);
  const input = h("input", {
    id, type: "file", accept: ".csv,.txt,.xlsx,.xlsm",
    onchange: async () => {
      const [file] = input.files;
      if (!file) return;
      last = { name: file.name, bytes: await file.arrayBuffer() };
      input.value = ""; // the same file may be chosen again, mended
      hand(false);
    },
  });
  form.parts.set(field.id, (message) => {
    const wrong = message.fault ?? (message.faults && words.file_faults);
    status.className = wrong ? "status invalid" : "status saved";
    status.textContent = wrong ?? message.told;
    const lines = message.faults ?? message.differ ?? [];
    const replace = message.differ?.length && h("button", { type: "button", onclick: () => hand(true) }, words.file_replace);
    more.replaceChildren(...[message.differ?.length && h("p", {}, words.file_differ), lines.length && h("ul", { class: "lines" }, ...lines.map((line) => h("li", {}, line))), replace].filter(Boolean));
  });
  return h("div", { class: "field", "data-field": field.id }, h("label", { for: id }, field.label), input, status, more);
}

// --- votes ----------------------------------------------------------------------------------------------------------

function votesElement(form, field) {
  const words = form.words.meeting;
  const [ballotId, dotsId, aboutId, optionsId] = [fresh(), fresh(), fresh(), fresh()];
  const status = h("p", { class: "status", role: "status" });
  const stage = h("div", { class: "stage" });
  const voted = h("p", { class: "help" });
  const ask = (what, more) => form.send({ type: "ask", field: field.id, what, ballot: choice.value, ...more });
  const choice = h("select", { id: ballotId, onchange: () => (stage.replaceChildren(), tell()) });
  const dots = h("input", { id: dotsId, type: "number", min: 1, max: 100, step: 1, value: 3 });
  const who = whoElement(form, words.who_votes, () => ask("begin", { who: who.input.value }));
  const show = h("button", { type: "button", onclick: () => ask("outcome") }, words.outcome);
  const about = h("input", { id: aboutId, type: "text" });
  const options = h("textarea", { id: optionsId, rows: 4 });
  const make = h("button", { type: "button", onclick: () => ask("make", { ballot: about.value, options: options.value.split("\n") }) }, words.make_ballot);
  const compose = h("div", { class: "compose" }, h("label", { for: aboutId }, words.question), about, h("label", { for: optionsId }, words.options), options, make);
  const vote = h("div", {}, h("div", { class: "beside" }, h("div", { class: "who" }, h("label", { for: dotsId }, words.dots), dots), who.element), who.known, voted, show);
  let ballots = [];

  const here = () => ballots.find((ballot) => ballot.name === choice.value);
  const tell = () => {
    const ballot = here();
    vote.hidden = !ballot;
    compose.hidden = Boolean(ballot);
    if (!ballot) return;
    dots.value = ballot.dots;
    voted.textContent = ballot.voters.length ? fillWords(words.voted, { names: ballot.voters.join(", ") }) : words.nobody_voted;
    show.disabled = !ballot.voters.length;
    who.knows([...new Set(ballots.flatMap((each) => each.voters))]);
  };
  const list = (found, chosen) => {
    ballots = found;
    const kept = chosen ?? choice.value;
    choice.replaceChildren(...ballots.map(({ name }) => h("option", { value: name }, name)), h("option", { value: "" }, words.new_ballot));
    choice.value = ballots.some(({ name }) => name === kept) ? kept : ballots.length && kept !== "" ? ballots[0].name : "";
    tell();
  };

  const divide = ({ who: name, points }) => {
    const total = Number(dots.value) || 3;
    const control = controls.points({ options: here().options.map((option) => [option, option]), total, left: form.words.points_left }, fresh(), () => {});
    control.set(points);
    const cast = h("button", { type: "button", onclick: () => ask("cast", { who: name, points: control.get(), dots: total }) }, words.cast);
    stage.replaceChildren(h("fieldset", { class: "field" }, h("legend", {}, fillWords(words.your_points, { who: name })), control.element), cast);
    control.focus();
  };
  const outcome = (rows) =>
    stage.replaceChildren(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.outcome },
      h("table", { class: "spread" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.option), h("th", { scope: "col" }, words.points))),
        h("tbody", {}, ...rows.map((row) => h("tr", { class: row.rank === 1 ? "first" : "" },
          h("td", { "data-label": words.option }, row.option),
          h("td", { "data-label": words.points }, h("span", { class: "tally" }, h("i", { style: `width:${(100 * row.share).toFixed(1)}%` }), h("b", {}, row.points)))))))));

  form.parts.set(field.id, (message) => {
    if (message.what !== "refresh") {
      status.className = message.fault ? "status invalid" : "status saved";
      status.textContent = message.fault ?? message.at ?? "";
    }
    if (message.fault) return;
    const chosen = message.what === "make" ? message.ballot : undefined;
    if (message.ballots && !same(message.ballots, ballots)) list(message.ballots, chosen);
    if (message.what === "make") (about.value = ""), (options.value = ""), who.input.focus();
    if (message.what === "begin") divide(message);
    if (message.what === "cast") stage.replaceChildren(), (who.input.value = ""), who.input.focus();
    if (message.what === "outcome") outcome(message.rows);
  });
  list(field.ballots, field.ballots[0]?.name);
  return h("div", { class: "field", "data-field": field.id }, h("h4", {}, field.label), h("p", { class: "help" }, field.help),
    h("div", { class: "who" }, h("label", { for: ballotId }, words.ballot), choice), compose, vote, status, stage);
}
