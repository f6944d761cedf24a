// What every page owes every reader. Returns a list of sentences; an empty one means that nothing was found.
const complaints = [];
const say = (what, element) => complaints.push(element ? `${what}: ${shown(element)}` : what);
const shown = e => `<${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}${e.className && e.className.baseVal === undefined ? '.' + String(e.className).trim().replace(/\s+/g, '.') : ''}> ${(e.innerText || e.textContent || '').trim().slice(0, 40)}`;
const visible = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const all = selector => [...document.querySelectorAll(selector)].filter(visible);
const byId = ids => (ids || '').split(/\s+/).map(id => document.getElementById(id)).filter(Boolean).map(e => e.textContent).join(' ');
// Roughly how a name is worked out: what it is called by others, by itself, by what it holds.
const name = e => (byId(e.getAttribute('aria-labelledby')) || e.getAttribute('aria-label') || [...(e.labels || [])].map(l => l.textContent).join(' ')
  || [...e.querySelectorAll('img[alt], svg[aria-label]')].map(i => i.getAttribute('alt') || i.getAttribute('aria-label')).join(' ') + e.textContent
  || (e.type === 'submit' ? e.value : '') || e.getAttribute('title') || '').trim();

if (!document.documentElement.lang) say('the page does not say its language');
if (!document.title.trim()) say('the page has no title');
const headings = all('h1');
if (headings.length !== 1) say(`the page has ${headings.length} first headings`);
let level = 0;
for (const heading of all('h1, h2, h3, h4, h5, h6')) {
  const own = Number(heading.tagName[1]);
  if (level && own > level + 1) say(`a heading leaves out a level (h${level} to h${own})`, heading);
  level = own;
}
const mains = all('main');
if (mains.length !== 1) say(`the page has ${mains.length} main parts`);
for (const e of all('nav')) if (document.querySelectorAll('nav').length > 1 && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')) say('one of several navigations has no name', e);
if (!document.querySelector('a[href^="#"]')) say('no link leads past the navigation');

for (const e of all('input, select, textarea')) {
  if (e.type === 'hidden' || e.type === 'submit' || e.type === 'button') continue;
  if (!(byId(e.getAttribute('aria-labelledby')) || e.getAttribute('aria-label') || [...(e.labels || [])].some(l => l.textContent.trim()))) say('a field has no label', e);
}
for (const e of all('a[href], button, summary, [role=button], input[type=submit]')) if (!name(e)) say('it has no name', e);
for (const e of document.querySelectorAll('img:not([alt])')) say('a picture has no text', e);
for (const e of all('svg')) if (e.getAttribute('aria-hidden') !== 'true' && !e.closest('[aria-hidden=true]') && !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.querySelector('title'))) say('a drawing has no name', e);
for (const e of all('table')) {
  if (![...e.querySelectorAll('th')].length) say('a table has no headings', e);
}
for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby], [aria-controls]'))
  for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls'])
    for (const id of (e.getAttribute(attribute) || '').split(/\s+/).filter(Boolean)) if (!document.getElementById(id)) say(`${attribute} names \`${id}\`, which is not there`, e);
const ids = new Map();
for (const e of document.querySelectorAll('[id]')) ids.set(e.id, (ids.get(e.id) || 0) + 1);
for (const [id, count] of ids) if (count > 1) say(`the id \`${id}\` is given ${count} times`);
for (const e of document.querySelectorAll('[tabindex]')) if (e.tabIndex > 0) say('tabindex changes the order', e);
if (document.querySelectorAll('[style], script:not([src])').length) say('there is style or script inside the page', document.querySelector('[style], script:not([src])'));

// Contrast, from the colours that are really applied. The canvas turns any way of writing a colour into numbers.
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const numbers = colour => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = '#000';
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const base = () => (matchMedia('(prefers-color-scheme: dark)').matches && /dark/.test(getComputedStyle(document.documentElement).colorScheme) ? [18, 18, 18, 1] : [255, 255, 255, 1]);
const behind = e => {
  const layers = [];
  for (let at = e; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.backgroundImage !== 'none') return null;
    const colour = numbers(style.backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reduceRight((below, top) => over(top, below), base());
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map(c => ((c /= 255), c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const seen = new Set();
for (const e of all('body *')) {
  const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || (e.matches('input, select, textarea') && e.type !== 'hidden');
  const box = e.getBoundingClientRect();
  if (!text || e.disabled || e.closest('[disabled], [aria-disabled=true], noscript') || box.width < 2 || box.height < 2) continue;
  const style = getComputedStyle(e);
  const svg = e instanceof SVGElement;
  const ground = behind(e);
  if (!ground || (svg && e.tagName !== 'text')) continue;
  const ink = numbers(svg ? style.fill : style.color);
  const [a, b] = [light(over(ink, ground)), light(ground)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const points = parseFloat(style.fontSize) * 0.75;
  const enough = points >= 18 || (points >= 14 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  const key = `${style.color}|${ground}|${e.className}`;
  if (ratio < enough - 0.005 && !seen.has(key)) {
    seen.add(key);
    say(`contrast ${ratio.toFixed(2)}, which should be ${enough} (${style.color} on rgb(${ground.slice(0, 3).map(Math.round)}))`, e);
  }
}

// Nothing is cut off sideways: only what scrolls by itself may be wider than the screen.
if (document.documentElement.scrollWidth > innerWidth + 1) {
  const wide = all('body *').filter(e => e.getBoundingClientRect().right > innerWidth + 1).filter(e => {
    for (let at = e.parentElement; at; at = at.parentElement) if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(at).overflowX)) return false;
    return true;
  });
  say(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${innerWidth}`, wide[0]);
}
return complaints;
