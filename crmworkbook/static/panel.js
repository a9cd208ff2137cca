// A part of a chapter on the screen. Its figures stand apart from its other content, so that one can follow a slider
// while the rest stays as it is: no picture blinks, no fold that somebody opened closes, the page does not jump.

function patch(box, html) {
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  const now = [...box.children];
  const next = [...fresh.children];
  if (now.length !== next.length || now.some((child, at) => child.tagName !== next[at].tagName)) {
    box.replaceChildren(...next);
    return;
  }
  now.forEach((child, at) => {
    if (child.outerHTML === next[at].outerHTML) return;
    // a picture that gets another source shows the old one until the new one is ready
    if (child.tagName === "IMG") for (const name of ["alt", "src"]) child.setAttribute(name, next[at].getAttribute(name));
    else child.replaceWith(next[at]);
  });
}

export default {
  render({ model, el }) {
    const boxes = new Map();
    const drawFigures = () => {
      for (const [name, html] of Object.entries(model.get("figures"))) if (boxes.has(name)) patch(boxes.get(name), html);
    };
    const draw = () => {
      const opened = new Set([...el.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
      const content = document.createElement("template");
      content.innerHTML = model.get("html");
      for (const place of content.content.querySelectorAll("[data-figure]")) {
        const name = place.dataset.figure;
        if (boxes.has(name)) place.replaceWith(boxes.get(name));
        else boxes.set(name, place);
      }
      for (const summary of content.content.querySelectorAll("details > summary")) {
        summary.parentElement.open = opened.has(summary.textContent);
      }
      drawFigures();
      el.replaceChildren(content.content);
    };
    // a table that is too wide for the page scrolls sideways, with the keyboard too
    const reach = new ResizeObserver(() => {
      for (const table of el.querySelectorAll("table")) table.toggleAttribute("tabindex", table.scrollWidth > table.clientWidth);
      for (const table of el.querySelectorAll("table[tabindex]")) table.tabIndex = 0;
    });
    reach.observe(el);
    model.on("change:html", draw);
    model.on("change:figures", drawFigures);
    draw();
    return () => {
      reach.disconnect();
      model.off("change:html", draw);
      model.off("change:figures", drawFigures);
    };
  },
};
