// Lets a reader browse every pair. The page is complete without it but for this.
"use strict";
(() => {
  const place = document.getElementById("pairs");
  if (!place) return;
  const index = JSON.parse(document.getElementById("browse-index").textContent);
  let images = null; // megabytes of text: read when the first picture comes near the window
  const paint = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      images ??= JSON.parse(document.getElementById("browse-images").textContent);
      target.src = "data:image/webp;base64," + images[Number(target.dataset.image)];
      paint.unobserve(target);
    }
  }, { rootMargin: "300px" });

  // Names come from files and models: they are only ever set as text.
  const make = (tag, properties = {}, children = []) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const drawn = (tag, attributes, children = []) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // As in macros.html.j2: a dot for each window, which the stroke of its level makes a square.
  const grid = ({ levels, score, said, title }) => {
    const side = Math.sqrt(levels.length);
    const dots = {};
    [...levels].forEach((level, at) => {
      if (level > 0) dots[level] = `${dots[level] ?? ""}M${at % side} ${Math.floor(at / side)}h0`;
    });
    const paths = Object.entries(dots).map(([level, d]) => drawn("path", { class: `l${level}`, d }));
    const words = drawn("title", {}, [title]);
    return make("div", { className: "lost" }, [
      drawn("svg", { viewBox: `-.5 -.5 ${side} ${side}`, role: "img", "aria-label": title }, [words, ...paths]),
      make("span", {}, [make("i", { textContent: score }), said]),
    ]);
  };

  const picture = (number, alt, name, scores, kind, absent = "no picture", lost = []) => {
    const seen = number < 0
      ? make("div", { className: "none", textContent: absent })
      : make("img", { alt, width: 192, height: 192 });
    if (number >= 0) {
      seen.dataset.image = number;
      paint.observe(seen);
    }
    const list = make("dl", {}, scores.flatMap(([label, value]) => [
      make("dt", { textContent: label }), make("dd", { textContent: value }),
    ]));
    const role = kind === "given" ? [make("span", { textContent: alt.split(" ")[0] })] : [];
    const caption = make("figcaption", {}, [make("b", { textContent: name, className: kind }), ...role, list, ...lost.map(grid)]);
    return make("figure", { className: kind === "given" ? "picture given" : "picture" }, [seen, caption]);
  };

  const row = (pair, models) => make("article", { className: "pair" }, [
    make("header", {}, [
      make("h4", { textContent: `${pair.content} × ${pair.style}` }),
      make("span", { textContent: pair.domain }),
    ]),
    make("div", { className: "pictures" }, [
      picture(pair.images[0], `content ${pair.content}`, pair.content, [], "given"),
      picture(pair.images[1], `style ${pair.style}`, pair.style, [], "given"),
      ...models.map((number) => {
        const model = index.models[number];
        const made = pair.outputs[number];
        const alt = `${model.name}: ${pair.content} in the style of ${pair.style}`;
        return picture(made.image, alt, model.name, made.scores, model.entry ? "entry" : "", made.absent, made.lost);
      }),
    ]),
  ]);

  const choices = {
    content: document.getElementById("by-content"),
    style: document.getElementById("by-style"),
    model: document.getElementById("by-model"),
  };
  const shown = document.getElementById("shown");

  const options = (select, values) => {
    for (const [value, text] of values) select.append(make("option", { value, textContent: text }));
  };
  const unique = (key) => [...new Set(index.pairs.map((pair) => pair[key]))].map((value) => [value, value]);
  options(choices.content, unique("content"));
  options(choices.style, unique("style"));
  if (index.models.some((model) => model.entry)) options(choices.model, [["entries", "entries only"]]);
  options(choices.model, index.models.map((model, number) => [String(number), model.name]));

  const selected = () => {
    const wanted = choices.model.value;
    const all = index.models.map((_, number) => number);
    if (wanted === "") return all;
    return wanted === "entries" ? all.filter((number) => index.models[number].entry) : [Number(wanted)];
  };

  const draw = () => {
    paint.disconnect();
    const pairs = index.pairs.filter((pair) =>
      ["content", "style"].every((key) => choices[key].value === "" || choices[key].value === pair[key]));
    place.replaceChildren(...pairs.map((pair) => row(pair, selected())));
    shown.textContent = `${pairs.length} of ${index.pairs.length} pairs`;
  };
  for (const select of Object.values(choices)) select.addEventListener("change", draw);
  document.getElementById("browse").hidden = false;
  const details = document.getElementById("browse-all");
  details.addEventListener("toggle", () => { if (details.open && !place.childElementCount) draw(); });
})();
